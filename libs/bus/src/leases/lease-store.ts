import { JetStreamApiCodes, JetStreamApiError, type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import { buckets } from '@novacron/contracts';
import type { LeaseRecord } from './takeover.js';

export interface StoredLease {
  readonly record: LeaseRecord;
  readonly revision: number;
}

/**
 * The bucket of the leases. Reads go to the stream's leader, never to a replica, which may lag behind. Writes are
 * compare-and-swap; `undefined` says that another write came first, or that our own did and its answer was lost.
 */
export class LeaseStore {
  private constructor(private readonly bucket: KV) {}

  static async open(connection: NatsConnection, timeoutMs: number): Promise<LeaseStore> {
    const client: JetStreamClient = jetstream(connection, { timeout: timeoutMs });
    return new LeaseStore(await new Kvm(client).open(buckets.leases.name, { allow_direct: false }));
  }

  async read(key: string): Promise<StoredLease | undefined> {
    const entry = await this.bucket.get(key);
    if (entry === null || entry.operation !== 'PUT') return undefined;
    return { record: entry.json<LeaseRecord>(), revision: entry.revision };
  }

  create(key: string, record: LeaseRecord): Promise<number | undefined> {
    return conflictAsUndefined(this.bucket.create(key, JSON.stringify(record)));
  }

  update(key: string, record: LeaseRecord, revision: number, timeoutMs?: number): Promise<number | undefined> {
    return conflictAsUndefined(this.bucket.update(key, JSON.stringify(record), revision, timeoutMs));
  }

  async remove(key: string, revision: number): Promise<void> {
    await conflictAsUndefined(this.bucket.delete(key, { previousSeq: revision }));
  }
}

async function conflictAsUndefined<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    const conflicts: readonly number[] = [
      JetStreamApiCodes.StreamWrongLastSequence,
      JetStreamApiCodes.StreamWrongLastSequenceUnknown,
    ];
    if (error instanceof JetStreamApiError && conflicts.includes(error.code)) return undefined;
    throw error;
  }
}
