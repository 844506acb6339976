import { DrError, durationMs, type SiteApplications } from '@novacron/contracts';
import { runCommand } from '../command/run-command.js';
import { commandSecrets, estateCommand, type EstateContext } from '../estate/estate-context.js';
import { webhookTarget } from '../estate/webhook-target.js';
import { callWebhook, type WebhookCall } from '../webhook/webhook.js';

export type DrMode = 'active' | 'standby';

/** What applications are told: whether they serve, and since which epoch, so that an older order can be refused. */
export interface ModeOrder {
  readonly mode: DrMode;
  readonly epoch: number;
  readonly operationId: string;
}

/** The applications of one site. */
export interface ApplicationSwitch {
  /** What is done for a mode, for people. */
  describe(mode: DrMode): string;
  /** Returns once they are in that mode. */
  set(order: ModeOrder, call: WebhookCall): Promise<void>;
}

const defaultTimeoutMs = 15_000;

/** The applications that the estate names for a site. @throws DrError INVALID_ESTATE when it does not say how they are told. */
export function applicationSwitch(settings: SiteApplications, context: EstateContext): ApplicationSwitch {
  const { site, webhook, activate, deactivate } = settings;
  if (webhook !== undefined) {
    const target = webhookTarget(webhook, context);
    return {
      describe: (mode) => `${site}: tell ${new URL(webhook.url).host} to be ${mode}`,
      set: async (order, call) => void (await callWebhook(target, { action: 'mode', site, ...order }, call)),
    };
  }
  if (activate === undefined || deactivate === undefined) {
    throw new DrError('INVALID_ESTATE', `the applications of ${site} have neither commands nor a webhook`);
  }
  const wordsFor = (mode: DrMode): readonly string[] => (mode === 'active' ? activate : deactivate);
  const ownTimeoutMs = settings.timeout === undefined ? defaultTimeoutMs : durationMs(settings.timeout);
  return {
    describe: (mode) => `run ${wordsFor(mode).join(' ')} with DR_MODE=${mode}`,
    set: async ({ mode, epoch, operationId }, { signal, timeoutMs = Infinity }) => {
      const [program, ...args] = estateCommand(context, wordsFor(mode));
      const told = { DR_MODE: mode, DR_SITE: site, DR_EPOCH: String(epoch), DR_OPERATION: operationId };
      await runCommand({
        ...{ program, args, cwd: context.folder },
        env: { ...(await commandSecrets(settings.secrets, context)), ...told },
        timeoutMs: Math.min(ownTimeoutMs, timeoutMs),
        ...(signal === undefined ? {} : { signal }),
      });
    },
  };
}
