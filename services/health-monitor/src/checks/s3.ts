import { DrError, type ObjectStore } from '@novacron/contracts';
import type { Probe } from './probe.js';

/** An object store takes our credentials and lists its bucket. */
export class S3Probe implements Probe {
  constructor(private readonly store: () => Promise<Pick<ObjectStore, 'list'>>) {}

  async probe(signal: AbortSignal): Promise<void> {
    const store = await this.store();
    const objects = store.list('health/')[Symbol.asyncIterator]();
    try {
      await Promise.race([objects.next(), aborted(signal)]);
    } catch (error) {
      throw loginRefused(error) ? new DrError('INVALID_CONFIG', DrError.from(error).message, { cause: error }) : error;
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(new DrError('TIMEOUT', 'the store gave no answer in time'));
    signal.addEventListener('abort', abort, { once: true });
  });
}

/** A store that refuses our key is up, and it is our key that is wrong. */
function loginRefused(error: unknown): boolean {
  const cause = DrError.from(error).cause as { $metadata?: { httpStatusCode?: number } } | undefined;
  return cause?.$metadata?.httpStatusCode === 401 || cause?.$metadata?.httpStatusCode === 403;
}
