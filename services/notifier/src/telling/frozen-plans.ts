import type { JetStreamClient } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { buckets, DrError } from '@novacron/contracts';
import type { FrozenPlan } from '../domain/conversation/frozen-plan.js';

/** The plans of incidents as they were when they began: the first that was kept is the plan, for every process and for ever. */
export class FrozenPlans {
  private constructor(
    private readonly kv: KV,
    private readonly estate: string,
  ) {}

  static async open(jetstream: JetStreamClient, estate: string): Promise<FrozenPlans> {
    return new FrozenPlans(await new Kvm(jetstream).open(buckets.state.name, { allow_direct: false }), estate);
  }

  /** The plan of an incident: `candidate` if nobody kept one before. @throws DrError BUS_UNAVAILABLE. */
  async of(incident: string, candidate: FrozenPlan): Promise<FrozenPlan> {
    const key = `${this.estate}.notifier.plan.${incident}`;
    try {
      const kept = await this.kv.get(key);
      if (kept !== null) return kept.json<FrozenPlan>();
      await this.kv.create(key, JSON.stringify(candidate));
      return candidate;
    } catch (error) {
      const first = await this.kv.get(key).catch(() => null);
      if (first !== null) return first.json<FrozenPlan>();
      throw new DrError('BUS_UNAVAILABLE', `the plan of ${incident} could not be kept`, { cause: error });
    }
  }
}
