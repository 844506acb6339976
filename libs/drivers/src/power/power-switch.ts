import { DrError, type SiteFence } from '@novacron/contracts';
import { runCommand } from '../command/run-command.js';
import { commandSecrets, estateCommand, type EstateContext } from '../estate/estate-context.js';
import { webhookTarget } from '../estate/webhook-target.js';
import { callWebhook, type WebhookCall } from '../webhook/webhook.js';

export type PowerCall = WebhookCall & { readonly timeoutMs: number };

/** A site's power, by a path that does not depend on the site's network. */
export interface PowerSwitch {
  /** What `off` does, for people. */
  readonly description: string;
  off(call: PowerCall): Promise<void>;
  /** As the switch itself says it. */
  isOff(call: PowerCall): Promise<boolean>;
}

/** As the estate's power commands say it: 0 is on, 3 is off, anything else is not known. */
const offExitCode = 3;

/** The switch that the estate names for a site; undefined when it names none. */
export function powerSwitch(fence: SiteFence, context: EstateContext): PowerSwitch | undefined {
  const { site, webhook, powerOff, powerStatus } = fence;
  if (webhook !== undefined) {
    const target = webhookTarget(webhook, context);
    return {
      description: `${site}: power off by ${new URL(webhook.url).host}`,
      off: async (call) => void (await callWebhook(target, { action: 'power-off', site }, call)),
      isOff: async (call) => {
        const { power } = await callWebhook(target, { action: 'power-status', site }, call);
        if (power === 'off' || power === 'on') return power === 'off';
        throw new DrError('COMMAND_FAILED', `the power switch of ${site} did not say whether it is on or off`);
      },
    };
  }
  if (powerOff === undefined || powerStatus === undefined) return undefined;
  const run = async (words: readonly string[], { timeoutMs, signal }: PowerCall) => {
    const [program, ...args] = estateCommand(context, words);
    return runCommand({
      ...{ program, args, timeoutMs },
      cwd: context.folder,
      env: await commandSecrets(fence.secrets, context),
      ...(signal === undefined ? {} : { signal }),
      acceptExitCodes: [0, offExitCode],
    });
  };
  return {
    description: `run ${powerOff.join(' ')}`,
    off: async (call) => void (await run(powerOff, call)),
    isOff: async (call) => (await run(powerStatus, call)).exitCode === offExitCode,
  };
}
