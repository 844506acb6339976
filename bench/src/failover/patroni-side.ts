import { SqlCustomer } from '@novacron/lab';
import type { Loss } from './our-side.js';
import { outageAround, warmUp, writeEveryMs } from './outage.js';
import { PatroniCluster } from './patroni-cluster.js';
import type { PatroniPace } from './patroni-settings.js';

/** Patroni and the same customer in front of it. */
export class PatroniSide {
  private constructor(
    private readonly cluster: PatroniCluster,
    private readonly customer: SqlCustomer,
  ) {}

  static async start(): Promise<PatroniSide> {
    const cluster = await PatroniCluster.start();
    const customer = new SqlCustomer({ url: cluster.url, everyMs: writeEveryMs });
    customer.start();
    return new PatroniSide(cluster, customer);
  }

  setPace(pace: PatroniPace): Promise<void> {
    return this.cluster.setPace(pace);
  }

  /** The leader's whole node is lost, or its postmaster alone; returns for how long customers could not write, milliseconds. */
  async lose(what: Loss): Promise<number> {
    await warmUp(this.customer);
    const lostAt = Date.now();
    const node = await this.cluster.loseLeader(what);
    const { lastBeforeAt, firstAfterAt } = await outageAround(this.customer, lostAt);
    await this.cluster.mend(node);
    return firstAfterAt - lastBeforeAt;
  }

  async stop(): Promise<void> {
    await this.customer.stop();
    await this.cluster.stop();
  }
}
