import { DrError } from '@novacron/contracts';
import type { ProcessControl } from '../postgres/process-control.js';
import { callWebhook, type WebhookTarget } from './webhook.js';

/** Which server the agent is asked about. */
export interface ControlledServer {
  readonly site: string;
  /** `postgres` or `redis`. */
  readonly component: string;
}

/**
 * Control by an agent: `start`, `stop` with its mode, and `status`, which is answered with `{"running": true | false}`, and where the
 * agent can tell with `freeBytes` of the disk on which the data stand.
 */
export function webhookControl(target: WebhookTarget, server: ControlledServer): ProcessControl {
  const tell = (action: string, signal: AbortSignal | undefined, more: object = {}) =>
    callWebhook({ timeoutMs: 60_000, ...target }, { action, ...server, ...more }, { signal });
  return {
    start: async (signal) => void (await tell('start', signal)),
    stop: async (mode, signal) => void (await tell('stop', signal, { mode })),
    isRunning: async (signal) => {
      const { running } = await tell('status', signal);
      if (typeof running === 'boolean') return running;
      throw new DrError('COMMAND_FAILED', `the agent of ${server.site} did not say whether ${server.component} runs`);
    },
    freeBytes: async (signal) => {
      const { freeBytes } = await tell('status', signal);
      return typeof freeBytes === 'number' && freeBytes >= 0 ? freeBytes : undefined;
    },
  };
}
