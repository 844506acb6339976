import type { ObjectStore } from '@novacron/contracts';
import type { Probe } from './probe.js';
import { storeError, untilAborted } from './s3-access.js';

/** An object store takes our credentials and lists its bucket. */
export class S3Probe implements Probe {
  constructor(private readonly store: () => Promise<Pick<ObjectStore, 'list'>>) {}

  async probe(signal: AbortSignal): Promise<void> {
    const store = await this.store();
    const objects = store.list('health/')[Symbol.asyncIterator]();
    try {
      await untilAborted(objects.next(), signal, 'did not list its bucket');
    } catch (error) {
      throw storeError(error);
    }
  }
}
