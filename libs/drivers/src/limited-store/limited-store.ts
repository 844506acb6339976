import { Readable } from 'node:stream';
import type {
  CopyOptions,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  StoreCapabilities,
  UnfinishedWrite,
} from '@novacron/contracts';
import { ByteBudget } from './byte-budget.js';

const sliceBytes = 64 * 1024;

/** A store whose bodies, both ways and all together, take no more than so many bytes a second. */
export class LimitedStore implements ObjectStore {
  readonly name: string;
  private readonly budget: ByteBudget;

  constructor(
    private readonly inner: ObjectStore,
    bytesPerSecond: number,
  ) {
    this.name = inner.name;
    this.budget = new ByteBudget(Math.max(1, bytesPerSecond));
  }

  async put(key: string, body: Readable | Uint8Array, options: PutOptions = {}): Promise<ObjectInfo> {
    const source = body instanceof Uint8Array ? [body] : body;
    const sizeBytes = body instanceof Uint8Array ? body.length : options.sizeBytes;
    const paced = Readable.from(this.paced(source, options.signal), { objectMode: false });
    return this.inner.put(key, paced, { ...options, ...(sizeBytes === undefined ? {} : { sizeBytes }) });
  }

  async get(
    key: string,
    options: { readonly start?: number; readonly end?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const body = await this.inner.get(key, options);
    return Readable.from(this.paced(body, options.signal), { objectMode: false });
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    return this.inner.head(key);
  }

  list(prefix: string): AsyncIterable<ObjectInfo> {
    return this.inner.list(prefix);
  }

  async delete(key: string): Promise<void> {
    return this.inner.delete(key);
  }

  /** What does not pass through us takes nothing of our bandwidth. */
  async copyFrom(source: ObjectStore, key: string, options?: CopyOptions): Promise<boolean> {
    return this.inner.copyFrom(source instanceof LimitedStore ? source.inner : source, key, options);
  }

  async clearUnfinished(olderThanMs: number): Promise<UnfinishedWrite[]> {
    return this.inner.clearUnfinished(olderThanMs);
  }

  async probe(): Promise<{ readonly conditionalPut: boolean }> {
    return this.inner.probe();
  }

  async capabilities(): Promise<StoreCapabilities> {
    return this.inner.capabilities();
  }

  private async *paced(
    body: AsyncIterable<Buffer> | Iterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      for (let at = 0; at < chunk.length; at += sliceBytes) {
        const slice = chunk.subarray(at, at + sliceBytes);
        await this.budget.spend(slice.length, signal);
        yield slice;
      }
    }
  }
}
