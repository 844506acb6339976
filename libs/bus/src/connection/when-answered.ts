import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import type { Logger } from '../logger.js';
import { publishFailure } from '../publishing/publish-failure.js';

export interface AnswerSettings {
  readonly logger: Logger;
  /** How long to go on while the servers elect leaders or come back. Default 30 s. */
  readonly timeoutMs?: number;
}

/**
 * What JetStream answers to `ask`, which is asked again while a leader is being elected or servers are away. The log says once
 * that `what` is waited for.
 * @throws DrError BUS_UNAVAILABLE naming `what` when the time is over; at once what does not pass, such as a bucket that is not there.
 */
export async function whenAnswered<T>(what: string, ask: () => Promise<T>, settings: AnswerSettings): Promise<T> {
  const { logger, timeoutMs = 30_000 } = settings;
  const deadline = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const failure = publishFailure(error, what);
      if (failure.code !== 'BUS_UNAVAILABLE' || !failure.retryable) throw failure;
      if (performance.now() >= deadline) {
        throw new DrError('BUS_UNAVAILABLE', `${what} did not answer within ${timeoutMs} ms: ${failure.message}`, {
          hint: 'see that a majority of the NATS servers run and reach each other, then start again',
          details: failure.details,
          cause: error,
        });
      }
      if (attempt === 1) logger.warn('waiting for the bus to answer', { what, reason: failure.message });
      await sleep(100 + Math.random() * 200);
    }
  }
}
