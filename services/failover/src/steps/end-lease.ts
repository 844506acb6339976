import { setTimeout as delay } from 'node:timers/promises';
import { leaseTimes } from '@novacron/contracts';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { ReplicationMemory } from '../adapters/replication-memory.js';
import type { WriteLeases } from '../adapters/write-leases.js';
import { overAfterMs, type WriteLeaseRecord } from '../domain/write-lease.js';
import type { FailoverParams } from './failover-params.js';

const askEveryMs = 200;

export interface Fencing {
  readonly targets: FailoverTargets;
  readonly leases: WriteLeases;
  readonly memory: ReplicationMemory;
}

export interface LeaseContext {
  readonly operationId: string;
  readonly params: FailoverParams;
  readonly signal: AbortSignal;
}

/** Whether every write lease of a site is over; why that is not known, when it is not. */
export interface LeaseOver {
  readonly leaseOver: boolean;
  readonly problem?: string;
}

/** By how much time a lease can hold up an unplanned move, milliseconds. */
export function leasePatienceMs({ estate }: FailoverTargets): number {
  const times = estate.failover.fences.flatMap(({ lease }) => (lease === undefined ? [] : [leaseTimes(lease)]));
  return Math.max(0, ...times.map(leaseWaitMs));
}

/**
 * Takes the right to write from every database of the site that is left. Returns what stands then, none where the estate gives the site
 * no lease. Changes nothing where this operation has done so before.
 */
export function revokeLeases({ targets, leases, memory }: Fencing, context: LeaseContext): Promise<WriteLeaseRecord[]> {
  const { from, epoch } = context.params;
  return Promise.all(
    databasesOf(targets, from).map(async (database) => {
      const { value } = await memory.read(database);
      const lastHolder = value?.epoch === epoch && value.site === from ? value.leaseKeeper : undefined;
      return leases.revoke(database, from, { operationId: context.operationId, epoch, lastHolder });
    }),
  );
}

/**
 * Revokes, and waits until each guard has answered that its server is closed, or until its lease has run out and the margin after it.
 * The time counts from here: after a crash it is waited for anew. @throws when the signal fires, or the bus is away.
 */
export async function endLeases(fencing: Fencing, context: LeaseContext): Promise<LeaseOver> {
  const { targets, leases } = fencing;
  const { from } = context.params;
  const lease = targets.leaseOf(from);
  if (lease === undefined) return { leaseOver: false, problem: 'the estate gives the site no write lease' };
  const records = await revokeLeases(fencing, context);
  const revokedAtMs = performance.now();
  const names = databasesOf(targets, from);
  // A guard that nobody saw may live all the same, and answer; time alone proves nothing then.
  const over = async (database: string, record: WriteLeaseRecord): Promise<boolean> => {
    const untilMs = revokedAtMs + (overAfterMs(record) ?? leaseWaitMs(lease));
    while (performance.now() < untilMs) {
      await delay(askEveryMs, undefined, { signal: context.signal });
      if ((await leases.read(database, from)).value?.state === 'closed') return true;
    }
    return overAfterMs(record) !== undefined;
  };
  const ended = await Promise.all(records.map((record, i) => over(names[i] ?? '', record)));
  const open = names.filter((_name, i) => ended[i] !== true);
  if (open.length === 0) return { leaseOver: names.length > 0 };
  const problem = `no write guard of ${open.join(', ')} on ${from} answers, and none was seen to keep its lease while the server was seen`;
  return { leaseOver: false, problem };
}

/** What {@link revokeLeases} of the same operation took is given back. */
export async function giveLeasesBack({ targets, leases }: Fencing, context: LeaseContext): Promise<void> {
  const { from } = context.params;
  if (targets.leaseOf(from) === undefined) return;
  await Promise.all(databasesOf(targets, from).map((name) => leases.giveBack(name, from, context.operationId)));
}

function leaseWaitMs({ ttlMs, marginMs }: { readonly ttlMs: number; readonly marginMs: number }): number {
  return ttlMs + marginMs;
}

function databasesOf(targets: FailoverTargets, site: string): string[] {
  if (targets.leaseOf(site) === undefined) return [];
  return targets.databases.flatMap(({ settings, members }) => (members.has(site) ? [settings.name] : []));
}
