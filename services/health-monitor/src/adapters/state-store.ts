import { JetStreamApiCodes, JetStreamApiError, jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { type Bus, type Logger, publishFailure } from '@novacron/bus';
import { buckets } from '@novacron/contracts';

export interface StoredState<T> {
  readonly value: T;
  readonly revision: number;
}

/**
 * The small durable facts of this service, in the bucket that all services share, under `<estate>.health-monitor.`. Reads go
 * to the leader, writes are compare-and-swap: what two processes believe at once, one of them is told.
 */
export class StateStore {
  private constructor(
    private readonly bucket: KV,
    private readonly prefix: string,
    private readonly logger: Logger,
  ) {}

  /** The bucket must have been provisioned. */
  static async open(bus: Bus): Promise<StateStore> {
    const client = jetstream(bus.connection, { timeout: 2_000 });
    const bucket = await new Kvm(client).open(buckets.state.name, { allow_direct: false });
    return new StateStore(bucket, `${bus.estate}.health-monitor.`, bus.logger);
  }

  /** @throws DrError BUS_UNAVAILABLE. */
  async read<T>(key: string): Promise<StoredState<T> | undefined> {
    try {
      const entry = await this.bucket.get(this.prefix + key);
      if (entry === null || entry.operation !== 'PUT') return undefined;
      return { value: entry.json<T>(), revision: entry.revision };
    } catch (error) {
      throw publishFailure(error, key);
    }
  }

  /**
   * Writes over the revision that was read, 0 to create; undefined when another write came first.
   * @throws DrError BUS_UNAVAILABLE when it may or may not be stored.
   */
  async write(key: string, value: unknown, revision: number): Promise<number | undefined> {
    const body = JSON.stringify(value);
    try {
      if (revision === 0) return await this.bucket.create(this.prefix + key, body);
      return await this.bucket.update(this.prefix + key, body, revision);
    } catch (error) {
      if (error instanceof JetStreamApiError && isConflict(error.code)) return undefined;
      throw publishFailure(error, key);
    }
  }

  /** Calls back with each key's present value and every later one, until the returned function is called. */
  async watch(onChange: (key: string, value: unknown) => void): Promise<() => void> {
    const entries = await this.bucket.watch({ key: `${this.prefix}>` });
    const follow = async (): Promise<void> => {
      for await (const entry of entries) {
        onChange(entry.key.slice(this.prefix.length), entry.operation === 'PUT' ? entry.json() : undefined);
      }
    };
    follow().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error('stored state cannot be followed any more', { reason });
    });
    return () => entries.stop();
  }
}

function isConflict(code: number): boolean {
  const conflicts: readonly number[] = [
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  ];
  return conflicts.includes(code);
}
