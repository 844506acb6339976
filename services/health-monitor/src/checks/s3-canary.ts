import { randomBytes } from 'node:crypto';
import { DrError, type ObjectStore } from '@novacron/contracts';
import type { Probe } from './probe.js';
import { storeError, untilAborted } from './s3-access.js';

export type CanaryStore = Pick<ObjectStore, 'put' | 'get' | 'list' | 'delete'>;

/** What a look that was broken off left behind is taken away by a later one, once nobody can be using it. */
const leftoverMs = 60_000;

/** An object is put under a key that was never used, read back whole, and deleted. */
export class S3CanaryProbe implements Probe {
  /** `prefix` is this check's own, and that of this vantage. */
  constructor(
    private readonly store: () => Promise<CanaryStore>,
    private readonly prefix: string,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async probe(signal: AbortSignal): Promise<void> {
    const store = await this.store();
    const body = randomBytes(1_024);
    const key = `${this.prefix}${this.nowMs()}-${body.toString('hex', 0, 8)}`;
    try {
      await untilAborted(store.put(key, body, { sizeBytes: body.length, signal }), signal, 'did not take an object');
      const found = await untilAborted(bytesOf(store, key, signal), signal, 'did not give its object back');
      if (!found.equals(body)) throw new DrError('VERIFY_FAILED', 'what was put is not what is read back');
      await untilAborted(store.delete(key), signal, 'did not delete an object');
      await untilAborted(this.tidy(store), signal, 'did not list its bucket');
    } catch (error) {
      throw storeError(error);
    }
  }

  private async tidy(store: CanaryStore): Promise<void> {
    for await (const { key } of store.list(this.prefix)) {
      const putMs = Number(key.slice(this.prefix.length).split('-')[0]);
      if (this.nowMs() - putMs > leftoverMs) await store.delete(key);
    }
  }
}

async function bytesOf(store: CanaryStore, key: string, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of await store.get(key, { signal })) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
