import { randomUUID } from 'node:crypto';
import {
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  JetStreamApiError,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { DrError, ledgerFilter, ledgerSubject, streams } from '@novacron/contracts';
import { GroupCommit } from './group-commit.js';
import type { LedgerEntry, StoredEntry } from './ledger-entry.js';
import { LedgerIndex } from './ledger-index.js';
import { genesis, type LedgerBatch, type LedgerRecord, recordOf, recordsIn } from './ledger-record.js';

const noMessage = 10_037;
/** How long one attempt at a write waits, and all of them. */
const attemptMs = 2_000;
const writeMs = 10_000;
const followMs = 5_000;
/** A message of the bus holds a megabyte. */
const bounds = { items: 500, sizeBytes: 400_000 };

/**
 * The ledger of notifications: states, several in a message, each carrying the hash of the state before it of the same
 * notification. A message is stored only after the one that was seen last, so that of two writers one wins, and the other sees what
 * was written before it writes. The last states are kept in memory by following the stream; changes are told to listeners.
 */
export class Ledger {
  readonly rows = new LedgerIndex();
  private readonly listeners = new Set<() => void>();
  private readonly writer = new GroupCommit<LedgerRecord, StoredEntry | undefined>(bounds, (records) =>
    this.write(records),
  );
  private messages: ConsumerMessages | undefined;
  /** The place of the last message that was seen. */
  private seen = 0;
  private looking: Promise<void> | undefined;
  private nextLook: Promise<void> | undefined;

  private constructor(
    private readonly jetstream: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly estate: string,
  ) {}

  /** Resolved once every row is in memory. @throws DrError BUS_UNAVAILABLE. */
  static async open(jetstream: JetStreamClient, estate: string): Promise<Ledger> {
    try {
      const ledger = new Ledger(jetstream, await jetstream.jetstreamManager(), estate);
      await ledger.load();
      return ledger;
    } catch (error) {
      throw unavailable(error);
    }
  }

  close(): void {
    this.messages?.stop();
  }

  /** Writes a new row; false when it was there already, whatever its state. @throws DrError BUS_UNAVAILABLE. */
  async plan(entry: LedgerEntry): Promise<boolean> {
    if (this.rows.get(entry.notificationId) !== undefined) return false;
    return (await this.append(entry, genesis)) !== undefined;
  }

  /** The row with a change, undefined when someone else changed it first. @throws DrError BUS_UNAVAILABLE. */
  change(stored: StoredEntry, change: Partial<LedgerEntry>): Promise<StoredEntry | undefined> {
    return this.append({ ...stored.entry, ...change }, stored.hash);
  }

  /** The row as the server has it now. @throws DrError BUS_UNAVAILABLE. */
  async read(notificationId: string): Promise<StoredEntry | undefined> {
    await this.catchUp();
    return this.rows.get(notificationId);
  }

  known(notificationId: string): LedgerEntry | undefined {
    return this.rows.get(notificationId)?.entry;
  }

  stored(notificationId: string): StoredEntry | undefined {
    return this.rows.get(notificationId);
  }

  *all(): IterableIterator<LedgerEntry> {
    for (const { entry } of this.rows.all()) yield entry;
  }

  *ofIncident(incident: string): IterableIterator<LedgerEntry> {
    for (const { entry } of this.rows.ofIncident(incident)) yield entry;
  }

  /** Calls `listener` after each change; returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private async load(): Promise<void> {
    const consumer = await this.jetstream.consumers.get(streams.ledger.name, {
      filter_subjects: [ledgerFilter(this.estate)],
      deliver_policy: DeliverPolicy.All,
    });
    const { num_pending: pending } = await consumer.info();
    this.messages = await consumer.consume({ max_messages: 1_000, idle_heartbeat: 1_000, expires: 5_000 });
    await new Promise<void>((resolve, reject) => {
      if (pending === 0) resolve();
      void this.follow(this.messages as ConsumerMessages, resolve).catch(reject);
    });
  }

  /** Takes every row as it changes; calls `loaded` once none of those that were there at the start is left. */
  private async follow(messages: ConsumerMessages, loaded: () => void): Promise<void> {
    for await (const message of messages) {
      this.take(message);
      if (message.info.pending === 0) loaded();
    }
  }

  private take(message: JsMsg): void {
    const batch = message.subject === ledgerSubject(this.estate);
    // What this process wrote itself it has seen already.
    if (batch && message.seq <= this.seen) return;
    this.keep(recordsIn(message.json<LedgerBatch | LedgerRecord>()), message.seq);
    if (batch) this.seen = message.seq;
  }

  private keep(records: readonly LedgerRecord[], revision: number): void {
    for (const { entry, hash } of records) this.rows.put({ entry, revision, hash });
    for (const listener of this.listeners) listener();
  }

  private append(entry: LedgerEntry, previous: string): Promise<StoredEntry | undefined> {
    const record = recordOf(entry, previous, randomUUID());
    return this.writer.add(record, entry.text.length * 2 + (entry.plain?.text.length ?? 0) + 1_000);
  }

  /** Each record as it is stored; undefined for one whose row has changed before. An answer that was lost is looked up. */
  private async write(records: readonly LedgerRecord[]): Promise<readonly (StoredEntry | undefined)[]> {
    const deadline = performance.now() + writeMs;
    const written = new Map<LedgerRecord, StoredEntry>();
    for (;;) {
      const left = this.following(records.filter((record) => !written.has(record)));
      if (left.length === 0) return records.map((record) => written.get(record));
      try {
        const options = { expect: { lastSubjectSequence: this.seen }, timeout: attemptMs };
        const ack = await this.jetstream.publish(
          ledgerSubject(this.estate),
          JSON.stringify({ records: left } satisfies LedgerBatch),
          options,
        );
        if (ack.seq > this.seen) {
          this.keep(left, ack.seq);
          this.seen = ack.seq;
        }
        for (const record of left) written.set(record, { entry: record.entry, revision: ack.seq, hash: record.hash });
      } catch (error) {
        if (performance.now() >= deadline) throw unavailable(error);
        await this.catchUp();
        for (const record of left) {
          const stands = this.rows.get(record.entry.notificationId);
          if (stands?.hash === record.hash) written.set(record, stands);
        }
      }
    }
  }

  /** Those that follow the last state of their row; of two of one row the first. */
  private following(records: readonly LedgerRecord[]): LedgerRecord[] {
    const changed = new Set<string>();
    return records.filter(({ entry, previous }) => {
      const { notificationId } = entry;
      if (changed.has(notificationId) || previous !== (this.rows.get(notificationId)?.hash ?? genesis)) return false;
      changed.add(notificationId);
      return true;
    });
  }

  /** Until everything that is stored now has been seen; who asks meanwhile shares the next look. @throws DrError BUS_UNAVAILABLE. */
  private catchUp(): Promise<void> {
    if (this.looking === undefined) {
      this.looking = this.look().finally(() => (this.looking = undefined));
      return this.looking;
    }
    this.nextLook ??= this.looking
      .catch(() => {})
      .then(() => {
        this.nextLook = undefined;
        return this.catchUp();
      });
    return this.nextLook;
  }

  private async look(): Promise<void> {
    const before = this.seen;
    const last = await this.last();
    // What had been seen was aged out or purged: the next message stands after what is there.
    if (last < before) this.seen = last;
    if (last <= this.seen) return;
    let off = (): void => {};
    let late: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      late = setTimeout(() => reject(unavailable(new Error(`message ${last} was not seen`))), followMs);
      off = this.onChange(() => {
        // The place is noted after the rows are.
        queueMicrotask(() => void (last <= this.seen && resolve()));
      });
    }).finally(() => {
      clearTimeout(late);
      off();
    });
  }

  /** The place of the last message that there is; 0 where there is none. */
  private async last(): Promise<number> {
    try {
      const found = await this.manager.streams.getMessage(streams.ledger.name, {
        last_by_subj: ledgerSubject(this.estate),
      });
      return found?.seq ?? 0;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === noMessage) return 0;
      throw unavailable(error);
    }
  }
}

function unavailable(error: unknown): DrError {
  return new DrError('BUS_UNAVAILABLE', 'the ledger of notifications could not be read or written', { cause: error });
}
