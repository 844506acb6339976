import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { killTrees, type Lab } from '@novacron/lab';

/** When the failover service dies: as soon as a record of its journal is seen on the bus. */
export interface KillPoint {
  readonly record: 'intent' | 'done';
  readonly step: string;
}

/** The steps of a failover, in their order. */
export const steps = [
  ...['fence-route', 'fence-commits', 'confirm-fence', 'choose-standby', 'advance-epoch', 'promote'],
  ...['switch-route', 'switch-dns', 'switch-caches', 'switch-applications', 'fence-power'],
  ...['validate', 'repoint-standbys', 'checkpoint'],
] as const;

interface Seen {
  readonly kind: string;
  readonly runbook: string;
  readonly step?: string;
  readonly steps?: readonly { readonly name: string }[];
}

/** Kills the failover service with SIGKILL at one point of an operation, once each time it is armed. */
export class ServiceKiller {
  kills = 0;
  private point: KillPoint | undefined;
  private readonly subscription: Subscription;

  constructor(
    connection: NatsConnection,
    private readonly lab: Lab,
  ) {
    this.subscription = connection.subscribe(`dr.${lab.estate.estate}.operation.*`, {
      callback: (_error, message) => this.look(message.json<Seen>()),
    });
  }

  arm(point: KillPoint | undefined): void {
    this.kills = 0;
    this.point = point;
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  private look(record: Seen): void {
    const { point } = this;
    if (point === undefined || record.runbook !== 'failover' || record.kind !== point.record) return;
    const names = record.steps?.map(({ name }) => name) ?? [record.step];
    if (!names.includes(point.step)) return;
    this.point = undefined;
    const pid = this.lab.services.find(({ service }) => service === 'failover')?.process.pid;
    if (pid === undefined) return;
    this.kills += 1;
    void killTrees([pid]);
  }
}
