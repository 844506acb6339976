import { DrError } from '@novacron/contracts';

/** What a call gives, or a rejection once the signal aborts: the client's own calls do not all heed it. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  work.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new DrError('TIMEOUT', `the store ${what} in time`));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([work, aborted]);
}

/** A store that refuses our key is up, and it is our key that is wrong: INVALID_CONFIG. */
export function storeError(error: unknown): unknown {
  const cause = DrError.from(error).cause as { $metadata?: { httpStatusCode?: number } } | undefined;
  const status = cause?.$metadata?.httpStatusCode;
  if (status !== 401 && status !== 403) return error;
  return new DrError('INVALID_CONFIG', DrError.from(error).message, { cause: error });
}
