import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';

export interface Limit {
  readonly what: string;
  readonly timeoutMs: number;
  /** Ends the work too: a lost lease, an operator's abort. */
  readonly signal: AbortSignal;
  /** How long work that was told to end may take to do so before it is given up. */
  readonly graceMs: number;
}

/**
 * Runs work that must end in time. Its signal aborts first; only work that does not heed it is left behind after the grace.
 * @throws DrError TIMEOUT, the reason of the signal, or what the work throws.
 */
export async function limited<T>(limit: Limit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const end = (): void => controller.abort(limit.signal.reason);
  limit.signal.throwIfAborted();
  limit.signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new DrError('TIMEOUT', `${limit.what} did not finish within ${limit.timeoutMs} ms`));
  }, limit.timeoutMs);
  try {
    const running = work(controller.signal);
    // Seen here so that a failure after we have left is not an unhandled one.
    running.catch(() => {});
    const result = await Promise.race([running, overdue(controller.signal, limit.graceMs)]);
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    limit.signal.removeEventListener('abort', end);
  }
}

async function overdue(signal: AbortSignal, graceMs: number): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await sleep(graceMs, undefined, { ref: false });
  throw signal.reason;
}

/** How long to wait before the next attempt after so many failures: doubling, with jitter, so that retries spread. */
export function backoffMs(failures: number, random: () => number, baseMs: number, maxMs: number): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, failures - 1));
  return Math.round(full * (0.5 + random() / 2));
}
