import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DrError, type ObjectInfo, type ObjectStore, type StoreCapabilities } from '@novacron/contracts';

/**
 * An object store in memory that keeps every promise of {@link ObjectStore}, and whose objects can be damaged behind its
 * back as a disk or an intruder would.
 */
export class MemoryStore implements ObjectStore {
  private readonly objects = new Map<string, { bytes: Buffer; modifiedAt: string }>();
  private readonly locks = new Map<string, string>();
  private readonly failures: { method: string; error: DrError; key: string | undefined }[] = [];

  constructor(readonly name = 'memory') {}

  async put(
    key: string,
    body: Readable | Uint8Array,
    options: { readonly sizeBytes?: number; readonly signal?: AbortSignal } = {},
  ): Promise<ObjectInfo> {
    this.failIfAsked('put', key);
    const bytes = Buffer.from(body instanceof Uint8Array ? body : await buffer(body));
    if (options.sizeBytes !== undefined && options.sizeBytes !== bytes.length) {
      throw new DrError('STORE_FAILED', `${key} has ${bytes.length} bytes, announced were ${options.sizeBytes}`);
    }
    if (this.objects.has(key)) throw new DrError('CONFLICT', `${key} exists in ${this.name}`);
    this.objects.set(key, { bytes, modifiedAt: new Date().toISOString() });
    return this.infoOf(key);
  }

  async get(key: string, options: { readonly start?: number; readonly end?: number } = {}): Promise<Readable> {
    this.failIfAsked('get', key);
    const bytes = this.bytes(key).subarray(options.start ?? 0, options.end);
    return Readable.from(bytes.length === 0 ? [] : [bytes]);
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    this.failIfAsked('head', key);
    const lockedUntil = this.locks.get(key);
    if (!this.objects.has(key)) return undefined;
    return { ...this.infoOf(key), ...(lockedUntil === undefined ? {} : { lockedUntil }) };
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    this.failIfAsked('list', prefix);
    for (const key of this.keys(prefix)) yield this.infoOf(key);
  }

  async delete(key: string): Promise<void> {
    if (this.locks.has(key)) throw new DrError('PRECONDITION_FAILED', `${key} is locked`);
    this.objects.delete(key);
  }

  async copyFrom(source: ObjectStore, key: string): Promise<boolean> {
    this.failIfAsked('copyFrom', key);
    if (!(source instanceof MemoryStore) || !this.copiesInside) return false;
    await this.put(key, source.bytes(key));
    return true;
  }

  async clearUnfinished(): Promise<[]> {
    return [];
  }

  async probe(): Promise<{ readonly conditionalPut: boolean }> {
    return { conditionalPut: true };
  }

  async capabilities(): Promise<StoreCapabilities> {
    return { conditionalPut: true, versioned: false, objectLock: this.locks.size > 0 };
  }

  /** Refuses to delete the object, as a store with Object Lock does. */
  lock(key: string, until: string): void {
    this.locks.set(key, until);
  }

  /** Whether {@link copyFrom} works, as between two buckets of one server. */
  copiesInside = false;

  keys(prefix = ''): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  bytes(key: string): Buffer {
    const object = this.objects.get(key);
    if (object === undefined) throw new DrError('NOT_FOUND', `${key} is not in ${this.name}`);
    return object.bytes;
  }

  /** Puts these bytes under the key whether or not it exists. */
  plant(key: string, bytes: Uint8Array): void {
    this.objects.set(key, { bytes: Buffer.from(bytes), modifiedAt: new Date().toISOString() });
  }

  flipBit(key: string, bit: number): void {
    const damaged = Buffer.from(this.bytes(key));
    damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    this.plant(key, damaged);
  }

  truncate(key: string, sizeBytes: number): void {
    this.plant(key, this.bytes(key).subarray(0, sizeBytes));
  }

  /** The next call of the method, for this key or any, fails with this error. */
  failNext(method: 'put' | 'get' | 'head' | 'list' | 'copyFrom', error: DrError, key?: string): void {
    this.failures.push({ method, error, key });
  }

  private failIfAsked(method: string, key: string): void {
    const index = this.failures.findIndex((one) => one.method === method && (one.key ?? key) === key);
    if (index === -1) return;
    const [failure] = this.failures.splice(index, 1);
    if (failure !== undefined) throw failure.error;
  }

  private infoOf(key: string): ObjectInfo {
    const object = this.objects.get(key);
    return { key, sizeBytes: object?.bytes.length ?? 0, modifiedAt: object?.modifiedAt ?? '' };
  }
}
