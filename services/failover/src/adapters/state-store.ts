import { Injectable } from '@nestjs/common';
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { Bus, publishFailure } from '@novacron/bus';
import { buckets, token } from '@novacron/contracts';

/** A fact as it was stored, with what a change of it must have seen; 0: there is none yet. */
export interface Stored<T> {
  readonly value?: T;
  readonly revision: number;
}

const conflicts: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

/** Small facts of this service that every instance and a restart must find: what was promised, remembered, said. */
@Injectable()
export class StateStore {
  private opened: Promise<KV> | undefined;

  constructor(private readonly bus: Bus) {}

  /** @throws DrError BUS_UNAVAILABLE. */
  async read<T>(name: string): Promise<Stored<T>> {
    try {
      const entry = await (await this.bucket()).get(this.key(name));
      if (entry === null) return { revision: 0 };
      return entry.operation === 'PUT'
        ? { value: entry.json<T>(), revision: entry.revision }
        : { revision: entry.revision };
    } catch (error) {
      throw publishFailure(error, this.key(name));
    }
  }

  /** False when somebody else has changed it since it was read. @throws DrError BUS_UNAVAILABLE. */
  async write<T>(name: string, value: T, seen: Stored<T>): Promise<boolean> {
    return (await this.put(name, value, seen)) !== undefined;
  }

  /** As it is stored now; undefined when somebody else has changed it since it was read. @throws DrError BUS_UNAVAILABLE. */
  async put<T>(name: string, value: T, seen: Stored<T>): Promise<Stored<T> | undefined> {
    const body = JSON.stringify(value);
    const revision = await this.attempt(name, (bucket) =>
      seen.revision === 0 ? bucket.create(this.key(name), body) : bucket.update(this.key(name), body, seen.revision),
    );
    return revision === undefined ? undefined : { value, revision };
  }

  /** False when somebody else has changed it since it was read. */
  async remove(name: string, { revision }: Stored<unknown>): Promise<boolean> {
    const removed = await this.attempt(name, async (bucket) => {
      await bucket.delete(this.key(name), { previousSeq: revision });
      return true;
    });
    return removed === true;
  }

  private async attempt<R>(name: string, change: (bucket: KV) => Promise<R>): Promise<R | undefined> {
    try {
      return await change(await this.bucket());
    } catch (error) {
      if (error instanceof JetStreamApiError && conflicts.includes(error.code)) return undefined;
      throw publishFailure(error, this.key(name));
    }
  }

  private key(name: string): string {
    return `${token(this.bus.estate)}.failover.${name}`;
  }

  private bucket(): Promise<KV> {
    // A bucket that could not be opened is tried again.
    this.opened ??= new Kvm(this.bus.jetstream)
      .open(buckets.state.name, { allow_direct: false })
      .catch((error: unknown) => {
        this.opened = undefined;
        throw publishFailure(error, buckets.state.name);
      });
    return this.opened;
  }
}
