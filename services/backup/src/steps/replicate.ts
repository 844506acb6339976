import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { ReplicateOptions } from '@novacron/repository';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { BackupProgress } from '../backup-progress.js';
import type { BackupParams } from '../domain/backup-params.js';
import type { ReplicatedCopy, StepResults } from './results.js';

/** A store that does not answer is tried so often before the backup goes on without it. */
const patientAttempts = 3;

/**
 * The verified backup in every other store. One that is away is named, and gets its copy when it is back; until then it is tried
 * a few times, unless this store itself only stands in for one that is preferred.
 */
export function replicate(
  stores: BackupStores,
  progress: BackupProgress,
): Step<BackupParams, undefined, StepResults['replicate']> {
  const othersThan = (store: string): string[] => stores.order.filter((name) => name !== store);
  return {
    name: 'replicate',
    title: 'copy the verified backup to the other stores',
    timeoutMs: 24 * 3_600_000,
    attempts: 5,
    describe: ({ backupId, store }) => othersThan(store).map((other) => `backups/${backupId}/… in ${other}`),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params, logger } = context;
      const { backupId, store: from } = params;
      const copies: ReplicatedCopy[] = [];
      const unreachable: string[] = [];
      progress.begin(backupId, 'replicate');
      for (const to of othersThan(from)) {
        const problem = await stores.problemOf(to);
        const onProgress: ReplicateOptions['onProgress'] = ({ doneBytes, totalBytes }) => {
          progress.tell(backupId, 'replicate', doneBytes, totalBytes);
          context.progress((100 * doneBytes) / Math.max(1, totalBytes), to);
        };
        if (problem === undefined)
          copies.push(await copyTo(stores, { backupId, from, to }, { ...context, onProgress }));
        else if (isStandIn(stores, from) || context.attempt >= patientAttempts) {
          unreachable.push(to);
          logger.warn('a store gets its copy when it is back', { backup: backupId, store: to, reason: problem });
        } else throw new DrError('UNREACHABLE', `store ${to} does not take its copy of ${backupId}: ${problem}`);
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

/** A copy in another store, with what both say of it. Can be repeated: what is there already is checked, not sent again. */
export async function copyTo(
  { repository }: BackupStores,
  { backupId, from, to }: { readonly backupId: string; readonly from: string; readonly to: string },
  {
    operationId,
    signal,
    onProgress,
  }: Pick<StepContext, 'operationId' | 'signal'> & Pick<ReplicateOptions, 'onProgress'>,
): Promise<ReplicatedCopy> {
  const { objects, sizeBytes, durationMs } = await repository.replicate(
    backupId,
    { from, to },
    { signal, ...(onProgress === undefined ? {} : { onProgress }) },
  );
  const evidence = { store: to, operationId, objects, checkedBytes: sizeBytes, durationMs };
  const at = new Date();
  // Each object was read back there and has the hash of the one that was verified here.
  await repository.catalog(to).mark(backupId, { mark: 'verified', ...evidence }, at);
  await repository.catalog(from).mark(backupId, { mark: 'replicated', ...evidence }, at);
  if (objects === 0) throw new DrError('VERIFY_FAILED', `the copy of ${backupId} in ${to} has no object`);
  return { toStore: to, objects, sizeBytes, durationMs };
}
