import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { killTrees, type Lab } from '@novacron/lab';

/** A point of an operation: as soon as a record of its journal is seen on the bus. */
export interface JournalPoint {
  readonly record: 'intent' | 'done';
  readonly step: string;
}

/** The steps of a failover, in their order; those of one group run at the same time. */
export const stepGroups = [
  ['prepare-target', 'look-again', 'fence-commits', 'fence-route'],
  ['confirm-fence', 'choose-standby'],
  ['advance-epoch', 'measure-loss', 'close-target'],
  ['promote'],
  ['prove-target'],
  ['open-writes'],
  ['switch-route', 'switch-dns', 'switch-caches', 'switch-endpoints', 'switch-applications', 'fence-power'],
  ['validate'],
  ['repoint-standbys', 'checkpoint', 'hear-vantages'],
] as const;

export const steps: readonly string[] = stepGroups.flat();

interface Seen {
  readonly kind: string;
  readonly runbook: string;
  readonly step?: string;
  readonly steps?: readonly { readonly name: string }[];
}

/** Does something at one point of a failover, once each time it is armed. */
export class JournalTrap {
  private armed: { readonly point: JournalPoint; readonly spring: () => void } | undefined;
  private readonly subscription: Subscription;

  constructor(connection: NatsConnection, estate: string) {
    this.subscription = connection.subscribe(`dr.${estate}.operation.*`, {
      callback: (error, message) => {
        if (error === null) this.look(message.json<Seen>());
      },
    });
  }

  /** Resolves when the point was reached and the work is done; never, where it was not. */
  arm(point: JournalPoint, work: () => Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.armed = { point, spring: () => void work().then(() => resolve(), reject) };
    });
  }

  disarm(): void {
    this.armed = undefined;
  }

  get isArmed(): boolean {
    return this.armed !== undefined;
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  private look(record: Seen): void {
    const { armed } = this;
    if (armed === undefined || record.runbook !== 'failover' || record.kind !== armed.point.record) return;
    const names = record.steps?.map(({ name }) => name) ?? [record.step];
    if (!names.includes(armed.point.step)) return;
    this.armed = undefined;
    armed.spring();
  }
}

/** SIGKILL; its supervisor starts it again. */
export async function killFailoverService(lab: Lab): Promise<void> {
  const pid = lab.services.find(({ service }) => service === 'failover')?.process.pid;
  if (pid !== undefined) await killTrees([pid]);
}
