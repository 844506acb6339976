import type { Epochs } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { parseSynchronousStandbyNames, pollUntil } from '@novacron/drivers';
import type { Runbook, Step } from '@novacron/operations';
import { type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import { lookAtPrimary } from '../adapters/primary-look.js';
import type { ReplicationMemory } from '../adapters/replication-memory.js';
import { remembered } from '../domain/replication/replication-record.js';

/** What a change of replication was begun with. */
export interface ReplicationParams {
  readonly site: string;
  readonly database: string;
  readonly epoch: number;
  /** The standbys that commits wait for when it is done. */
  readonly names: readonly string[];
  /** Those that they no longer wait for. */
  readonly lost: readonly string[];
  readonly reason: string;
}

export const replicationRunbookOf = { degrade: 'degrade-replication', restore: 'restore-replication' } as const;

const callTimeoutMs = 3_000;
const confirmTimeoutMs = 10_000;

/**
 * Letting commits go on without a lost synchronous standby, and making them wait for it again. Each excludes failovers while it
 * runs: one that had fenced a primary by its commits must not see them released. What may be lost is remembered before it may be
 * lost; that nothing can be lost any more is believed only when the standby has confirmed it.
 */
export function replicationRunbooks(
  targets: FailoverTargets,
  epochs: Epochs,
  memory: ReplicationMemory,
): Runbook<ReplicationParams>[] {
  return [
    {
      name: replicationRunbookOf.degrade,
      version: '1',
      exclusive: 'failover',
      nodes: [rememberLoss(memory), setCommits(targets, epochs)],
    },
    {
      name: replicationRunbookOf.restore,
      version: '1',
      exclusive: 'failover',
      nodes: [setCommits(targets, epochs), awaitConfirmation(targets)],
    },
  ];
}

function rememberLoss(
  memory: ReplicationMemory,
): Step<ReplicationParams, undefined, { readonly lost: readonly string[] }> {
  return {
    name: 'remember-loss',
    title: 'remember that a failover may lose rows from now on',
    timeoutMs: 5_000,
    attempts: 3,
    probe: () => Promise.resolve(undefined),
    run: async ({ params }) => {
      const { database, site, epoch, lost, reason } = params;
      const seen = await memory.read(database);
      if (seen.value?.epoch !== epoch || seen.value.site !== site)
        throw new DrError('EPOCH_MISMATCH', `${site} is no longer the primary of ${database}`);
      const record = remembered(seen.value, lost, reason, Date.now());
      if (!(await memory.write(database, record, seen)))
        throw new DrError('PRECONDITION_FAILED', 'replication was looked at meanwhile', { retryable: true });
      return { lost };
    },
    verify: async ({ params }) => {
      const { value } = await memory.read(params.database);
      if (params.lost.some((name) => value?.synchronous.includes(name) !== false))
        throw new DrError('VERIFY_FAILED', 'it is not remembered that rows may be lost');
    },
  };
}

function setCommits(
  targets: FailoverTargets,
  epochs: Epochs,
): Step<ReplicationParams, { readonly names: readonly string[] }, { readonly names: readonly string[] }> {
  const member = ({ database, site }: ReplicationParams) => {
    const target = targets.databases.find(({ settings }) => settings.name === database);
    if (target === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${database}`);
    return memberOn(target, site);
  };
  const namesOf = async (params: ReplicationParams): Promise<string[]> => {
    const status = await member(params).status({ timeoutMs: callTimeoutMs });
    if (status.inRecovery) throw new DrError('PRECONDITION_FAILED', `${params.site} is not a primary`);
    return parseSynchronousStandbyNames(status.synchronousStandbyNames).names;
  };
  const same = (a: readonly string[], b: readonly string[]): boolean =>
    a.length === b.length && a.every((name) => b.includes(name));
  return {
    name: 'set-commits',
    title: 'change which standbys commits wait for',
    timeoutMs: 10_000,
    attempts: 2,
    describe: ({ database, site, names }) => [
      `${database} ${site}: synchronous_standby_names → ${names.join(', ') || 'none'}`,
    ],
    capture: async ({ params }) => ({ names: await namesOf(params) }),
    probe: async ({ params }) => (same(await namesOf(params), params.names) ? { names: params.names } : undefined),
    run: async ({ params, signal }) => {
      const now = await epochs.current();
      if (now?.epoch !== params.epoch || now.site !== params.site)
        throw new DrError('EPOCH_MISMATCH', `${params.site} is no longer the active site`);
      await member(params).setSynchronousStandbys(params.names, {}, { signal, timeoutMs: callTimeoutMs });
      return { names: params.names };
    },
    verify: async ({ params }) => {
      if (!same(await namesOf(params), params.names))
        throw new DrError('VERIFY_FAILED', `commits of ${params.site} do not wait as they were told`);
    },
    undo: async ({ params, signal }, captured) => {
      await member(params).setSynchronousStandbys(captured.names, {}, { signal, timeoutMs: callTimeoutMs });
    },
  };
}

function awaitConfirmation(
  targets: FailoverTargets,
): Step<ReplicationParams, undefined, { readonly synchronous: readonly string[] }> {
  return {
    name: 'await-confirmation',
    title: 'wait until every synchronous standby has confirmed',
    timeoutMs: confirmTimeoutMs + 5_000,
    attempts: 1,
    describe: ({ names }) => [`nothing; waits for ${names.join(', ')}`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const target = targets.databases.find(({ settings }) => settings.name === params.database);
      if (target === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${params.database}`);
      const look = () =>
        lookAtPrimary(memberOn(target, params.site), params.epoch, { signal, timeoutMs: callTimeoutMs }).catch(
          () => undefined,
        );
      await pollUntil(
        'confirmation by every synchronous standby',
        async () => {
          const seen = await look();
          const links = seen?.links.filter(({ streaming, synchronous }) => streaming && synchronous) ?? [];
          return params.names.every((name) => links.some(({ site }) => site === name)) || undefined;
        },
        { timeoutMs: confirmTimeoutMs, signal },
      );
      return { synchronous: params.names };
    },
    verify: () => Promise.resolve(),
  };
}
