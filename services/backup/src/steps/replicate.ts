import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { BackupParams } from '../domain/backup-params.js';
import type { ReplicatedCopy, StepResults } from './results.js';

/**
 * The verified backup in every other store, each of which must take it. Where a replica stands in for a primary store that is
 * away, the backup goes to those that answer by now, and the others are named.
 */
export function replicate(stores: BackupStores): Step<BackupParams, undefined, StepResults['replicate']> {
  const othersThan = (store: string): string[] => stores.order.filter((name) => name !== store);
  return {
    name: 'replicate',
    title: 'copy the verified backup to the other stores',
    timeoutMs: 24 * 3_600_000,
    attempts: 5,
    describe: ({ backupId, store }) => othersThan(store).map((other) => `backups/${backupId}/… in ${other}`),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params } = context;
      const copies: ReplicatedCopy[] = [];
      const unreachable: string[] = [];
      for (const other of othersThan(params.store)) {
        if (isStandIn(stores, params.store) && (await stores.problemOf(other)) !== undefined) unreachable.push(other);
        else copies.push(await copyTo(stores, other, context));
      }
      return { copies, unreachable };
    },
    verify: async ({ params }, { copies }) => {
      for (const { toStore } of copies) await stores.repository.catalog(toStore).read(params.backupId);
    },
  };
}

/** A store that takes new backups only because one that is preferred is not there. */
function isStandIn(stores: BackupStores, store: string): boolean {
  return stores.order.indexOf(store) > 0;
}

async function copyTo(
  { repository }: BackupStores,
  toStore: string,
  { params, operationId, signal }: StepContext<BackupParams>,
): Promise<ReplicatedCopy> {
  const { backupId, store: from } = params;
  const { objects, sizeBytes, durationMs } = await repository.replicate(backupId, { from, to: toStore }, { signal });
  const evidence = { store: toStore, operationId, objects, checkedBytes: sizeBytes, durationMs };
  const at = new Date();
  // Each object was read back there and has the hash of the one that was verified here.
  await repository.catalog(toStore).mark(backupId, { mark: 'verified', ...evidence }, at);
  await repository.catalog(from).mark(backupId, { mark: 'replicated', ...evidence }, at);
  if (objects === 0) throw new DrError('VERIFY_FAILED', `the copy of ${backupId} in ${toStore} has no object`);
  return { toStore, objects, sizeBytes, durationMs };
}
