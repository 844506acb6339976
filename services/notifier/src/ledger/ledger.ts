import { type JetStreamClient, JetStreamApiError } from '@nats-io/jetstream';
import { type KV, type KvWatchEntry, Kvm } from '@nats-io/kv';
import { buckets, DrError } from '@novacron/contracts';
import type { LedgerEntry, StoredEntry } from './ledger-entry.js';

/** The server's answer to a write that names an older revision. */
const wrongRevision = 10071;

/**
 * The ledger of notifications: one key each in a bucket of its own, changed only by compare-and-set, so that of two workers
 * one wins. The whole of it is kept in memory too, by watching; changes are told to listeners.
 */
export class Ledger {
  private readonly rows = new Map<string, StoredEntry>();
  private readonly byIncident = new Map<string, Set<string>>();
  private readonly listeners = new Set<() => void>();

  private constructor(
    private readonly kv: KV,
    private readonly watch: AsyncIterable<KvWatchEntry> & { stop(): void },
  ) {}

  /** Resolved once every row is in memory. */
  static async open(jetstream: JetStreamClient): Promise<Ledger> {
    const kv = await new Kvm(jetstream).open(buckets.deliveries.name, { allow_direct: false });
    const empty = (await kv.status()).values === 0;
    const ledger = new Ledger(kv, await kv.watch());
    await ledger.load(empty);
    return ledger;
  }

  close(): void {
    this.watch.stop();
  }

  /** Writes a new row; false when it was there already, whatever its state. @throws DrError BUS_UNAVAILABLE. */
  async plan(entry: LedgerEntry): Promise<boolean> {
    if (this.rows.has(entry.notificationId)) return false;
    const revision = await this.write(() => this.kv.create(entry.notificationId, JSON.stringify(entry)));
    if (revision !== undefined) {
      this.keep({ entry, revision });
      return true;
    }
    await this.read(entry.notificationId);
    return false;
  }

  /** The row with a change, undefined when someone else changed it first. @throws DrError BUS_UNAVAILABLE. */
  async change(stored: StoredEntry, change: Partial<LedgerEntry>): Promise<StoredEntry | undefined> {
    const entry = { ...stored.entry, ...change };
    const revision = await this.write(() =>
      this.kv.update(entry.notificationId, JSON.stringify(entry), stored.revision),
    );
    if (revision === undefined) return undefined;
    const next = { entry, revision };
    this.keep(next);
    return next;
  }

  /** The row as the server has it now. @throws DrError BUS_UNAVAILABLE. */
  async read(notificationId: string): Promise<StoredEntry | undefined> {
    const found = await this.asked(this.kv.get(notificationId));
    if (found === null || found.operation !== 'PUT') return undefined;
    const stored = { entry: found.json<LedgerEntry>(), revision: found.revision };
    this.keep(stored);
    return stored;
  }

  known(notificationId: string): LedgerEntry | undefined {
    return this.rows.get(notificationId)?.entry;
  }

  *all(): IterableIterator<LedgerEntry> {
    for (const { entry } of this.rows.values()) yield entry;
  }

  *ofIncident(incident: string): IterableIterator<LedgerEntry> {
    for (const id of this.byIncident.get(incident) ?? []) {
      const stored = this.rows.get(id);
      if (stored !== undefined) yield stored.entry;
    }
  }

  /** Calls `listener` after each change; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private load(empty: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (empty) resolve();
      void this.follow(resolve).then(resolve, (error: unknown) => reject(unavailable(error)));
    });
  }

  /** Takes every row as it changes; calls `loaded` once none of those that were there at the start is left. */
  private async follow(loaded: () => void): Promise<void> {
    for await (const seen of this.watch) {
      if (seen.operation === 'PUT') this.keep({ entry: seen.json<LedgerEntry>(), revision: seen.revision });
      if (seen.delta === 0) loaded();
    }
  }

  private keep(stored: StoredEntry): void {
    const { notificationId, incident } = stored.entry;
    if ((this.rows.get(notificationId)?.revision ?? 0) >= stored.revision) return;
    this.rows.set(notificationId, stored);
    const ids = this.byIncident.get(incident) ?? new Set();
    this.byIncident.set(incident, ids.add(notificationId));
    for (const listener of this.listeners) listener();
  }

  private async write(attempt: () => Promise<number>): Promise<number | undefined> {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === wrongRevision) return undefined;
      throw unavailable(error);
    }
  }

  private async asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw unavailable(error);
    }
  }
}

function unavailable(error: unknown): DrError {
  return new DrError('BUS_UNAVAILABLE', 'the ledger of notifications could not be read or written', { cause: error });
}
