import type { Runbook, Step } from '@novacron/operations';
import type { ReplicateOptions } from '@novacron/repository';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { BackupProgress } from '../backup-progress.js';
import { copyTo } from '../steps/replicate.js';
import type { ReplicatedCopy } from '../steps/results.js';
import type { MissedCopy } from './missed-copies.js';

export interface CopiedBackup {
  readonly backupId: string;
  readonly fromStore: string;
  readonly copy: ReplicatedCopy;
}

export const copyStep = 'copy-missed';

/** A backup brought to a store that was away when it was made. */
export function copyRunbook(stores: BackupStores, progress: BackupProgress): Runbook<MissedCopy> {
  return { name: 'copy', version: '1', exclusive: 'copy', nodes: [copyMissed(stores, progress)] };
}

function copyMissed(stores: BackupStores, progress: BackupProgress): Step<MissedCopy, undefined, CopiedBackup> {
  return {
    name: copyStep,
    title: 'copy a backup that a store has missed',
    timeoutMs: 24 * 3_600_000,
    attempts: 3,
    describe: ({ backupId, to }) => [`backups/${backupId}/… in ${to}`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, operationId, signal }) => {
      const { backupId, from, to } = params;
      progress.begin(backupId, copyStep);
      const onProgress: ReplicateOptions['onProgress'] = ({ doneBytes, totalBytes }) =>
        progress.tell(backupId, copyStep, doneBytes, totalBytes);
      const copy = await copyTo(stores, { backupId, from, to }, { operationId, signal, onProgress });
      return { backupId, fromStore: from, copy };
    },
    verify: async ({ params }) => {
      await stores.repository.catalog(params.to).read(params.backupId);
    },
  };
}
