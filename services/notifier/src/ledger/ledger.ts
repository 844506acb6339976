import { randomUUID } from 'node:crypto';
import {
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  JetStreamApiError,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { DrError, ledgerFilter, ledgerSubject, streams } from '@novacron/contracts';
import type { LedgerEntry, StoredEntry } from './ledger-entry.js';
import { LedgerIndex } from './ledger-index.js';
import { genesis, type LedgerRecord, recordOf } from './ledger-record.js';

/** The server's answer to a write that names an older revision. */
const wrongRevision = 10_071;
const noMessage = 10_037;
const writeMs = 5_000;

/**
 * The ledger of notifications: one subject each in a stream of its own, appended only after the state that was seen last, so that
 * of two workers one wins, and each state carries the hash of the one before it. The last states are kept in memory too, by
 * following the stream; changes are told to listeners.
 */
export class Ledger {
  readonly rows = new LedgerIndex();
  private readonly listeners = new Set<() => void>();
  private messages: ConsumerMessages | undefined;

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
    if ((await this.append(entry, { revision: 0, hash: genesis })) !== undefined) return true;
    await this.read(entry.notificationId);
    return false;
  }

  /** The row with a change, undefined when someone else changed it first. @throws DrError BUS_UNAVAILABLE. */
  change(stored: StoredEntry, change: Partial<LedgerEntry>): Promise<StoredEntry | undefined> {
    return this.append({ ...stored.entry, ...change }, stored);
  }

  /** The row as the server has it now. @throws DrError BUS_UNAVAILABLE. */
  async read(notificationId: string): Promise<StoredEntry | undefined> {
    try {
      const last_by_subj = ledgerSubject(this.estate, notificationId);
      const found = await this.manager.streams.getMessage(streams.ledger.name, { last_by_subj });
      return found === null ? undefined : this.keep(found.json<LedgerRecord>(), found.seq);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === noMessage) return undefined;
      throw unavailable(error);
    }
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
      deliver_policy: DeliverPolicy.LastPerSubject,
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
      this.keep(message.json<LedgerRecord>(), message.seq);
      if (message.info.pending === 0) loaded();
    }
  }

  private keep(record: LedgerRecord, revision: number): StoredEntry {
    const stored = { entry: record.entry, revision, hash: record.hash };
    if (this.rows.put(stored)) for (const listener of this.listeners) listener();
    return stored;
  }

  /** An answer that was lost is looked up: what stands there with our hash is ours. */
  private async append(
    entry: LedgerEntry,
    after: { readonly revision: number; readonly hash: string },
  ): Promise<StoredEntry | undefined> {
    const record = recordOf(entry, after.hash, randomUUID());
    try {
      const ack = await this.jetstream.publish(
        ledgerSubject(this.estate, entry.notificationId),
        JSON.stringify(record),
        { expect: { lastSubjectSequence: after.revision }, timeout: writeMs },
      );
      return this.keep(record, ack.seq);
    } catch (error) {
      const refused = error instanceof JetStreamApiError && error.code === wrongRevision;
      const stands = await this.read(entry.notificationId);
      if (stands?.hash === record.hash) return stands;
      if (refused) return undefined;
      throw unavailable(error);
    }
  }
}

function unavailable(error: unknown): DrError {
  return new DrError('BUS_UNAVAILABLE', 'the ledger of notifications could not be read or written', { cause: error });
}
