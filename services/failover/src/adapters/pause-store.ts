import { Injectable } from '@nestjs/common';
import { type KV, Kvm } from '@nats-io/kv';
import { Bus } from '@novacron/bus';
import { buckets, token } from '@novacron/contracts';

/** A stop of automatic failover: it has an owner, a reason, and an end. */
export interface Pause {
  readonly owner: string;
  readonly reason: string;
  /** RFC 3339. */
  readonly until: string;
}

/** Keeps the pause where every instance of the service and a restart find it. */
@Injectable()
export class PauseStore {
  constructor(private readonly bus: Bus) {}

  /** The pause that is in force now. */
  async current(now: Date): Promise<Pause | undefined> {
    const entry = await (await this.bucket()).get(this.key);
    if (entry === null || entry.operation !== 'PUT') return undefined;
    const pause = entry.json<Pause>();
    return Date.parse(pause.until) > now.getTime() ? pause : undefined;
  }

  async set(pause: Pause): Promise<void> {
    await (await this.bucket()).put(this.key, JSON.stringify(pause));
  }

  async end(): Promise<void> {
    await (await this.bucket()).delete(this.key);
  }

  private get key(): string {
    return `${token(this.bus.estate)}.failover.pause`;
  }

  private bucket(): Promise<KV> {
    return new Kvm(this.bus.jetstream).open(buckets.state.name, { allow_direct: false });
  }
}
