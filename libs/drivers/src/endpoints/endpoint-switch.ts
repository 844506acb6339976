import { DrError, durationMs, type Endpoint } from '@novacron/contracts';
import { runCommand } from '../command/run-command.js';
import { commandSecrets, estateCommand, type EstateContext } from '../estate/estate-context.js';
import { webhookTarget } from '../estate/webhook-target.js';
import { callWebhook, type WebhookCall } from '../webhook/webhook.js';

/** Where an endpoint has to lead, and since which epoch, so that an older order can be refused. */
export interface EndpointOrder {
  readonly site: string;
  readonly epoch: number;
  readonly operationId: string;
}

/** A connection pool or another endpoint that does not find the active site by itself. */
export interface EndpointSwitch {
  readonly name: string;
  /** How it is told, for people. */
  readonly how: string;
  /** Returns once it leads there. */
  point(order: EndpointOrder, call: WebhookCall): Promise<void>;
}

const defaultTimeoutMs = 15_000;

/** @throws DrError INVALID_ESTATE when the estate does not say how the endpoint is told. */
export function endpointSwitch(settings: Endpoint, context: EstateContext): EndpointSwitch {
  const { name, command, webhook } = settings;
  if (webhook !== undefined) {
    const target = webhookTarget(webhook, context);
    return {
      ...{ name, how: `by ${new URL(webhook.url).host}` },
      point: async (order, call) => void (await callWebhook(target, { action: 'endpoint', name, ...order }, call)),
    };
  }
  if (command === undefined)
    throw new DrError('INVALID_ESTATE', `the endpoint ${name} has neither a command nor a webhook`);
  const ownTimeoutMs = settings.timeout === undefined ? defaultTimeoutMs : durationMs(settings.timeout);
  return {
    ...{ name, how: `run ${command.join(' ')}` },
    point: async ({ site, epoch, operationId }, { signal, timeoutMs = Infinity }) => {
      const [program, ...args] = estateCommand(
        context,
        command.map((word) => word.replaceAll('{site}', site)),
      );
      const told = { DR_ENDPOINT: name, DR_SITE: site, DR_EPOCH: String(epoch), DR_OPERATION: operationId };
      await runCommand({
        ...{ program, args, cwd: context.folder },
        env: { ...(await commandSecrets(settings.secrets, context)), ...told },
        timeoutMs: Math.min(ownTimeoutMs, timeoutMs),
        ...(signal === undefined ? {} : { signal }),
      });
    },
  };
}
