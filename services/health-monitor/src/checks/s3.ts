import { DrError } from '@novacron/contracts';
import type { Probe } from './probe.js';

/** What is asked of a store: the first of the objects under a prefix, if there are any. */
export interface Listable {
  list(prefix: string): AsyncIterable<unknown>;
}

/** An object store takes our credentials and lists its bucket. */
export class S3Probe implements Probe {
  constructor(private readonly store: () => Promise<Listable>) {}

  async probe(signal: AbortSignal): Promise<void> {
    const store = await this.store();
    const first = store.list('health/')[Symbol.asyncIterator]();
    await Promise.race([first.next(), aborted(signal)]);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new DrError('TIMEOUT', 'the store gave no answer in time')), {
      once: true,
    });
  });
}
