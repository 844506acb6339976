import { type JetStreamClient, JetStreamApiError } from '@nats-io/jetstream';
import { type KV, type KvWatchEntry, Kvm } from '@nats-io/kv';
import { buckets, DrError } from '@novacron/contracts';

const wrongRevision = 10_071;
const racesAtMost = 20;

interface Kept {
  readonly value: unknown;
  readonly revision: number;
}

/**
 * The page's small store: JSON documents in a bucket, all of them in memory too by watching, changed by compare-and-set, so that
 * several notifiers may write the same ones. Reading goes on when the bus is gone.
 */
export class KeptDocuments {
  private readonly documents = new Map<string, Kept>();
  private readonly listeners = new Set<(key: string) => void>();

  private constructor(
    private readonly kv: KV,
    private readonly watch: AsyncIterable<KvWatchEntry> & { stop(): void },
    private readonly prefix: string,
  ) {}

  /** Resolved once every document is in memory. @throws DrError BUS_UNAVAILABLE. */
  static async open(jetstream: JetStreamClient, estate: string): Promise<KeptDocuments> {
    const prefix = `${estate}.`;
    const kv = await new Kvm(jetstream).open(buckets.statusPage.name, { allow_direct: false });
    const found = await kv.keys(`${prefix}>`);
    let empty = true;
    for await (const _key of found) empty = false;
    const store = new KeptDocuments(kv, await kv.watch({ key: `${prefix}>` }), prefix);
    await store.load(empty);
    return store;
  }

  close(): void {
    this.watch.stop();
  }

  /** Calls `listener` with the key after each change. */
  onChange(listener: (key: string) => void): void {
    this.listeners.add(listener);
  }

  get<T>(key: string): T | undefined {
    return this.documents.get(this.prefix + key)?.value as T | undefined;
  }

  /** The documents whose keys begin so, by the rest of their keys. */
  *under<T>(folder: string): IterableIterator<readonly [string, T]> {
    const start = `${this.prefix}${folder}.`;
    for (const [key, { value }] of this.documents)
      if (key.startsWith(start)) yield [key.slice(start.length), value as T];
  }

  /**
   * Writes what `change` makes of the document, until nobody else wrote between; nothing where it gives back what it was given, or
   * undefined. Returns the document as it stands then. @throws DrError BUS_UNAVAILABLE.
   */
  async change<T>(key: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined> {
    const full = this.prefix + key;
    for (let race = 0; race < racesAtMost; race += 1) {
      const known = this.documents.get(full);
      const next = change(known?.value as T | undefined);
      if (next === undefined || next === known?.value) return known?.value as T | undefined;
      const revision = await this.write(full, JSON.stringify(next), known?.revision);
      if (revision === undefined) {
        await this.read(full);
        continue;
      }
      this.keep(full, { value: next, revision });
      return next;
    }
    throw new DrError('CONFLICT', 'others wrote the same thing again and again', { retryable: true });
  }

  async remove(key: string): Promise<void> {
    const full = this.prefix + key;
    try {
      await this.kv.purge(full);
    } catch (error) {
      throw unavailable(error);
    }
    this.forget(full);
  }

  private async write(full: string, text: string, revision: number | undefined): Promise<number | undefined> {
    try {
      return await (revision === undefined ? this.kv.create(full, text) : this.kv.update(full, text, revision));
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === wrongRevision) return undefined;
      throw unavailable(error);
    }
  }

  private async read(full: string): Promise<void> {
    try {
      const found = await this.kv.get(full);
      if (found === null || found.operation !== 'PUT') this.forget(full);
      else this.keep(full, { value: found.json(), revision: found.revision });
    } catch (error) {
      throw unavailable(error);
    }
  }

  private load(empty: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (empty) resolve();
      void this.follow(resolve).then(resolve, (error: unknown) => reject(unavailable(error)));
    });
  }

  private async follow(loaded: () => void): Promise<void> {
    for await (const seen of this.watch) {
      if (seen.operation === 'PUT') this.keep(seen.key, { value: seen.json(), revision: seen.revision });
      else if ((this.documents.get(seen.key)?.revision ?? 0) < seen.revision) this.forget(seen.key);
      if (seen.delta === 0) loaded();
    }
  }

  private keep(full: string, kept: Kept): void {
    if ((this.documents.get(full)?.revision ?? 0) >= kept.revision) return;
    this.documents.set(full, kept);
    for (const listener of this.listeners) listener(full.slice(this.prefix.length));
  }

  private forget(full: string): void {
    if (!this.documents.delete(full)) return;
    for (const listener of this.listeners) listener(full.slice(this.prefix.length));
  }
}

function unavailable(error: unknown): DrError {
  return new DrError('BUS_UNAVAILABLE', 'what the status page remembers could not be read or written', {
    cause: error,
  });
}
