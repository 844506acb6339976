import { DrError, type ProblemDetail } from '@novacron/contracts';
import type { Runbook, Step } from '@novacron/operations';
import type { PrunableStore, PruneReport, RetentionPolicy, Verdict } from '@novacron/repository';
import type { BackupStores } from '../adapters/backup-stores.js';

/** What a removal was begun with; kept in its first journal record. */
export interface PruneParams {
  readonly stores: readonly string[];
  readonly policy: RetentionPolicy;
  readonly reason: string;
}

interface StorePlan {
  readonly store: string;
  readonly expire: readonly Verdict[];
  readonly kept: readonly string[];
  readonly walObjects: number;
  readonly cutoff?: string;
}

export interface PlannedRemoval {
  readonly plans: readonly StorePlan[];
  readonly unreachable: readonly ProblemDetail[];
}

export interface PrunedStore {
  readonly store: string;
  readonly expired: readonly string[];
  readonly kept: readonly string[];
  readonly locked: readonly ProblemDetail[];
  readonly removedObjects: number;
  readonly removedWalObjects: number;
  readonly freedBytes: number;
  readonly restorableFrom?: string;
}

export const pruneSteps = { plan: 'plan-removal', remove: 'remove-expired' } as const;

/** Under the word of backups: nothing is removed while one is made, nor is one begun that a removal would touch. */
export function pruneRunbook(stores: BackupStores): Runbook<PruneParams> {
  return { name: 'prune', version: '1', exclusive: 'backup', nodes: [planRemoval(stores), removeExpired(stores)] };
}

/** What may go from each store, with the proof that what is kept can be restored. Changes nothing. */
function planRemoval({ repository }: BackupStores): Step<PruneParams, undefined, PlannedRemoval> {
  return {
    name: pruneSteps.plan,
    title: 'plan what may go, and prove what remains',
    timeoutMs: 3_600_000,
    attempts: 3,
    describe: (params) => [`nothing; reads the catalogs of ${params.stores.join(', ')}`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params }) => {
      const plans: StorePlan[] = [];
      const unreachable: ProblemDetail[] = [];
      for (const store of params.stores) {
        try {
          plans.push(storePlan(store, await repository.planPrune(store, params.policy, new Date())));
        } catch (error) {
          // A store that is away keeps what it has; where it is the only one asked for, that is a failure.
          const known = DrError.from(error);
          if (!known.retryable || params.stores.length === 1) throw error;
          unreachable.push({ path: store, problem: known.message });
        }
      }
      return { plans, unreachable };
    },
    verify: () => Promise.resolve(),
  };
}

/** Only what was planned, and what a new look still lets go: a backup that came to matter since stays. */
function removeExpired({ repository }: BackupStores): Step<PruneParams, undefined, { readonly stores: PrunedStore[] }> {
  return {
    name: pruneSteps.remove,
    title: 'remove what expired',
    timeoutMs: 24 * 3_600_000,
    attempts: 3,
    pointOfNoReturn: true,
    describe: (params) => params.stores.map((store) => `expired backups and WAL of ${store}`),
    probe: () => Promise.resolve(undefined),
    run: async ({ params, operationId, results, signal }) => {
      const { plans } = results.get(pruneSteps.plan) as PlannedRemoval;
      const pruned: PrunedStore[] = [];
      for (const planned of plans) {
        const now = new Date();
        const fresh = await repository.planPrune(planned.store, params.policy, now);
        const wanted = new Set(planned.expire.map(({ backupId }) => backupId));
        const expire = fresh.expire.filter(({ backupId }) => wanted.has(backupId));
        // WAL is planned for all that expires: where less does, more of it is still needed.
        const wal = expire.length === fresh.expire.length ? fresh.wal : [];
        const report = await repository.prune(planned.store, { ...fresh, expire, wal }, { now, operationId, signal });
        pruned.push(prunedStore(planned, report));
      }
      return { stores: pruned };
    },
    verify: async (_context, { stores: pruned }) => {
      for (const { store, expired } of pruned) {
        const { entries } = await repository.catalog(store).list();
        const left = entries.find(({ backupId }) => expired.includes(backupId));
        if (left !== undefined) throw new DrError('VERIFY_FAILED', `${left.backupId} is still in ${store}`);
      }
    },
  };
}

function storePlan(store: string, plan: PrunableStore): StorePlan {
  return {
    store,
    expire: plan.expire,
    kept: plan.keep.map(({ backupId }) => backupId),
    walObjects: plan.wal.length,
    ...(plan.cutoff === undefined ? {} : { cutoff: plan.cutoff }),
  };
}

function prunedStore(planned: StorePlan, report: PruneReport): PrunedStore {
  const { store, removedObjects, removedWalObjects, freedBytes } = report;
  const expired = report.expired.map(({ backupId }) => backupId);
  return {
    ...{ store, expired, removedObjects, removedWalObjects, freedBytes },
    kept: planned.kept,
    locked: report.locked.slice(0, 100),
    ...(planned.cutoff === undefined ? {} : { restorableFrom: planned.cutoff }),
  };
}
