import { JetStreamApiCodes, JetStreamApiError, jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/nats-core';
import { buckets, DrError } from '@novacron/contracts';
import { publishFailure } from '../publishing/publish-failure.js';

/** Which site may be writable, since when, and by which operation. Epoch 1 is the initial primary. */
export interface Epoch {
  readonly epoch: number;
  readonly site: string;
  readonly operationId: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** What an advance must have seen. */
  readonly revision: number;
}

/** What an advance says; the number and the time are ours. */
export interface EpochChange {
  readonly site: string;
  readonly operationId: string;
  /** The new number is greater than this too: what databases remember when the record itself was lost. */
  readonly above?: number;
}

/** The key under which an estate's epoch stands in its bucket. */
export function epochKey(estate: string): string {
  return `${estate}.primary`;
}

/**
 * The estate's epochs. Each advance is a compare-and-swap on the revision that was read, so that of two failovers that both
 * believe the old primary is gone, one is refused (DESIGN §7: fence before promote).
 */
export class Epochs {
  private constructor(
    private readonly bucket: KV,
    private readonly estate: string,
  ) {}

  /** The bucket must have been provisioned. */
  static async open(connection: NatsConnection, estate: string): Promise<Epochs> {
    const bucket = await new Kvm(jetstream(connection, { timeout: 5_000 })).open(buckets.epochs.name, {
      allow_direct: false,
    });
    return new Epochs(bucket, estate);
  }

  /** The present epoch, read from the leader; undefined before the first. @throws DrError BUS_UNAVAILABLE. */
  async current(estate = this.estate): Promise<Epoch | undefined> {
    try {
      const entry = await this.bucket.get(epochKey(estate));
      if (entry === null || entry.operation !== 'PUT') return undefined;
      return { ...entry.json<Omit<Epoch, 'revision'>>(), revision: entry.revision };
    } catch (error) {
      throw publishFailure(error, epochKey(estate));
    }
  }

  /**
   * Moves the estate to its next epoch. `expectedRevision` is what {@link current} said, 0 to make the first. Repeating an
   * advance whose answer was lost gives the epoch it made: the operation's id tells.
   * @throws DrError EPOCH_MISMATCH when the estate has moved meanwhile, BUS_UNAVAILABLE when it may or may not have.
   */
  async advance(expectedRevision: number, change: EpochChange): Promise<Epoch> {
    const before = await this.current();
    if (before?.operationId === change.operationId && before.site === change.site) return before;
    if ((before?.revision ?? 0) !== expectedRevision) throw mismatch(before);
    const { site, operationId, above = 0 } = change;
    const epoch = Math.max(before?.epoch ?? 0, above) + 1;
    const value = { epoch, site, operationId, at: new Date().toISOString() };
    try {
      const key = epochKey(this.estate);
      const body = JSON.stringify(value);
      const revision =
        expectedRevision === 0
          ? await this.bucket.create(key, body)
          : await this.bucket.update(key, body, expectedRevision);
      return { ...value, revision };
    } catch (error) {
      if (error instanceof JetStreamApiError && isConflict(error.code)) return this.afterConflict(change);
      throw publishFailure(error, epochKey(this.estate));
    }
  }

  private async afterConflict(change: EpochChange): Promise<Epoch> {
    const now = await this.current();
    if (now?.operationId === change.operationId && now.site === change.site) return now;
    throw mismatch(now);
  }
}

function isConflict(code: number): boolean {
  const conflicts: readonly number[] = [
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  ];
  return conflicts.includes(code);
}

function mismatch(now: Epoch | undefined): DrError {
  const found = now === undefined ? 'no epoch' : `epoch ${now.epoch} at ${now.site}`;
  return new DrError('EPOCH_MISMATCH', `the estate has moved: it is in ${found}`, {
    details: now === undefined ? [] : [{ path: 'epoch', problem: `operation ${now.operationId} made it at ${now.at}` }],
  });
}
