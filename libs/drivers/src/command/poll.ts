import { setTimeout as delay } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';

export interface PollOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Default 25 ms: a failover is counted in hundreds of milliseconds. */
  readonly everyMs?: number;
}

/**
 * Asks until the answer is defined and returns it. Throws VERIFY_FAILED, which names what was awaited, when the
 * time is over; an error thrown by `ask` ends the wait at once.
 */
export async function pollUntil<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { timeoutMs, signal, everyMs = 25 }: PollOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) {
      throw new DrError('VERIFY_FAILED', `${what} could not be seen within ${timeoutMs} ms`);
    }
    await delay(everyMs, undefined, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
      throw new DrError('TIMEOUT', `waiting for ${what} was aborted`, { cause });
    });
  }
}
