import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';

/** The outcome of the work, or UNREACHABLE when it takes longer; what was begun is then left to end by itself. */
export async function within<T>(what: string, timeoutMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  work.catch(() => undefined);
  const late = sleep(timeoutMs, undefined, { signal: over.signal }).then(
    () => Promise.reject(new DrError('UNREACHABLE', `${what} did not answer within ${timeoutMs} ms`)),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
