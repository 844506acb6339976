import { randomUUID } from 'node:crypto';
import {
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
  type MsgRequest,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { DrError, operationSubject, streams } from '@novacron/contracts';
import { parseRecord } from './parse-record.js';
import type { JournalRecord, NewRecord } from './record.js';

/** A record and its sequence in the stream. */
export interface Stored {
  readonly record: JournalRecord;
  readonly sequence: number;
}

/** `conflict`: another record came first, or our own did and its acknowledgement was lost. Reading tells which. */
export type Appended = { readonly stored: true; readonly sequence: number } | { readonly stored: false };

/** A record leaves room for headers below the server's limit of 1 MiB a message. */
const maxRecordBytes = 256 * 1024;

/**
 * The journals of an estate's operations: one subject each in `DR_OPERATIONS`. A record is appended only behind the one its
 * writer has seen last, so that of two workers only one advances an operation. Reads are asked of the stream's leader:
 * a replica, a KV value or a new consumer may be behind what was acknowledged.
 */
export class Journal {
  private constructor(
    private readonly jetstream: JetStreamClient,
    private readonly manager: JetStreamManager,
    readonly estate: string,
    private readonly timeoutMs: number,
  ) {}

  static async open(
    bus: { readonly connection: NatsConnection; readonly jetstream: JetStreamClient; readonly estate: string },
    timeoutMs: number,
  ): Promise<Journal> {
    // Without the library's check of the account, which asks for a permission that a service does not need.
    const manager = await jetstreamManager(bus.connection, { checkAPI: false, timeout: timeoutMs });
    return new Journal(bus.jetstream, manager, bus.estate, timeoutMs);
  }

  /**
   * Appends one record behind `after`, the sequence of the operation's last record that was read (0: there is none).
   * @throws DrError BUS_UNAVAILABLE when nothing is known about the outcome, INVALID_MESSAGE for a record too large.
   */
  async append(record: JournalRecord, after: number): Promise<Appended> {
    const payload = JSON.stringify(record);
    if (Buffer.byteLength(payload) > maxRecordBytes) {
      throw new DrError('INVALID_MESSAGE', `a journal record of more than ${maxRecordBytes} bytes`, {
        hint: 'let the step return a reference to what it made, not the thing itself',
        details: [{ path: record.kind, problem: `${Buffer.byteLength(payload)} bytes` }],
      });
    }
    try {
      const ack = await this.jetstream.publish(operationSubject(this.estate, record.operationId), payload, {
        expect: { streamName: streams.operations.name, lastSubjectSequence: after },
        timeout: this.timeoutMs,
      });
      return { stored: true, sequence: ack.seq };
    } catch (error) {
      if (isConflict(error)) return { stored: false };
      throw unavailable(error);
    }
  }

  /** The operation's records behind `after`, in order. */
  async read(operationId: string, after = 0): Promise<Stored[]> {
    const found: Stored[] = [];
    const subject = operationSubject(this.estate, operationId);
    for (let last = after; ;) {
      const message = await this.next(subject, last);
      if (message === undefined) return found;
      found.push({ record: parseRecord(message.string()), sequence: message.seq });
      last = message.seq;
    }
  }

  /** The next record of any operation behind `after`; one that cannot be read has only its sequence. */
  async following(after: number): Promise<{ sequence: number; record?: JournalRecord } | undefined> {
    const message = await this.next(`dr.${this.estate}.operation.*`, after);
    return message === undefined ? undefined : readable(message);
  }

  /** From which to which sequence the stream holds records, and when it was made. @throws DrError BUS_UNAVAILABLE. */
  async extent(): Promise<{ readonly madeAt: string; readonly firstSequence: number; readonly lastSequence: number }> {
    try {
      const { created, state } = await this.manager.streams.info(streams.operations.name);
      return { madeAt: created, firstSequence: state.first_seq, lastSequence: state.last_seq };
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** The last record of every operation there is, and the sequence up to which that holds. */
  async lastOfEach(): Promise<{ upTo: number; last: { sequence: number; record?: JournalRecord }[] }> {
    try {
      const info = await this.manager.streams.info(streams.operations.name);
      const last: { sequence: number; record?: JournalRecord }[] = [];
      if (info.state.messages === 0) return { upTo: info.state.last_seq, last };
      const consumer = await this.jetstream.consumers.get(streams.operations.name, {
        filter_subjects: [`dr.${this.estate}.operation.*`],
        deliver_policy: DeliverPolicy.LastPerSubject,
      });
      for (let pending = (await consumer.info()).num_pending; pending > 0;) {
        const before = last.length;
        const batch = await consumer.fetch({ max_messages: Math.min(pending, 500), expires: 5_000 });
        for await (const message of batch) {
          last.push(readable(message));
          pending = message.info.pending;
        }
        if (last.length === before) throw new DrError('BUS_UNAVAILABLE', 'the operation journal stopped answering');
      }
      await consumer.delete();
      return { upTo: info.state.last_seq, last };
    } catch (error) {
      throw unavailable(error);
    }
  }

  private async next(subject: string, after: number): Promise<StoredMsg | undefined> {
    // The server's `next_by_subj` is missing in the library's type for this call.
    const query = { seq: after + 1, next_by_subj: subject } as unknown as MsgRequest;
    try {
      return (await this.manager.streams.getMessage(streams.operations.name, query)) ?? undefined;
    } catch (error) {
      throw unavailable(error);
    }
  }
}

/** A record with its place: `n` in the operation, a new id, the time. */
export function recordAt(
  fields: NewRecord,
  place: {
    readonly n: number;
    readonly operationId: string;
    readonly service: string;
    readonly runbook: string;
    readonly by: string;
    readonly told?: number;
  },
): JournalRecord {
  return { v: 1, id: randomUUID(), at: new Date().toISOString(), ...place, ...fields };
}

function readable(message: { readonly seq: number; string(): string }): { sequence: number; record?: JournalRecord } {
  try {
    return { sequence: message.seq, record: parseRecord(message.string()) };
  } catch {
    return { sequence: message.seq };
  }
}

function isConflict(error: unknown): boolean {
  const codes: readonly number[] = [
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  ];
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

function unavailable(error: unknown): DrError {
  if (DrError.is(error)) return error;
  return new DrError('BUS_UNAVAILABLE', 'the operation journal did not answer', { cause: error });
}
