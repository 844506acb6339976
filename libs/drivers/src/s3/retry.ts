import { setTimeout as delay } from 'node:timers/promises';
import { isPassing } from './s3-errors.js';

export interface RetryOptions {
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
  /** Between 0 and 1; a test passes its own. */
  readonly random?: () => number;
  readonly baseMs?: number;
}

const longestMs = 5_000;

/**
 * Repeats what failed in passing, with a delay drawn from 0 to base × 2^n (full jitter: clients that failed together do
 * not come back together). `work` learns whether an earlier attempt may have had its effect without our knowing.
 */
export async function withRetry<T>(
  work: (mayBeDone: boolean) => Promise<T>,
  { attempts, signal, random = Math.random, baseMs = 100 }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt > 1);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || !isPassing(error)) throw error;
      const waitMs = random() * Math.min(baseMs * 2 ** attempt, longestMs);
      await delay(waitMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}
