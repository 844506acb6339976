import { JetStreamApiCodes, JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { buckets, DrError } from '@novacron/contracts';

/**
 * At most one operation at a time under one word (`exclusive`), across all processes of the estate.
 *
 * Why that holds. An operation is admitted by a compare-and-swap on the word's key, and only by one who has read, after its
 * own journal had begun (or had been resumed), that the operation named there runs no more. Of two that read the same revision
 * one fails and looks again, and now sees the other run. Each admission writes, also where the key names the operation
 * already: so one that was read as stopped and is being resumed makes the swap of whoever read that fail.
 */
export class Admission {
  private constructor(
    private readonly bucket: KV,
    private readonly estate: string,
    /** Whether an operation runs: begun, and neither ended nor stopped for a human. */
    private readonly runs: (operationId: string) => Promise<boolean>,
  ) {}

  static async open(
    jetstream: JetStreamClient,
    estate: string,
    runs: (operationId: string) => Promise<boolean>,
  ): Promise<Admission> {
    // Reads go to the stream's leader: a replica may be behind.
    const bucket = await new Kvm(jetstream).open(buckets.state.name, { allow_direct: false });
    return new Admission(bucket, estate, runs);
  }

  /** The running operation that stands in the way, if any. Changes nothing. */
  async runningUnder(word: string, operationId: string): Promise<string | undefined> {
    const named = (await this.read(word)).operationId;
    return named !== undefined && named !== operationId && (await this.runs(named)) ? named : undefined;
  }

  /** Admits the operation, or says which one runs. */
  async admit(word: string, operationId: string): Promise<string | undefined> {
    for (;;) {
      const { operationId: named, revision } = await this.read(word);
      if (named !== undefined && named !== operationId && (await this.runs(named))) return named;
      try {
        if (revision === 0) await this.bucket.create(this.key(word), operationId);
        else await this.bucket.update(this.key(word), operationId, revision);
        return undefined;
      } catch (error) {
        if (!isConflict(error)) throw unavailable(error);
      }
    }
  }

  private async read(word: string): Promise<{ operationId?: string; revision: number }> {
    try {
      const entry = await this.bucket.get(this.key(word));
      if (entry === null) return { revision: 0 };
      if (entry.operation !== 'PUT') return { revision: entry.revision };
      return { operationId: entry.string(), revision: entry.revision };
    } catch (error) {
      throw unavailable(error);
    }
  }

  private key(word: string): string {
    return `${this.estate}.operations.exclusive.${word}`;
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
  return new DrError('BUS_UNAVAILABLE', 'the bucket of exclusive operations did not answer', { cause: error });
}
