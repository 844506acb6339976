import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { BackupSpool } from '../adapters/backup-spool.js';
import type { BackupParams } from '../domain/backup-params.js';
import type { StepResults } from './results.js';

/** The backup is in its stores: what lay on the way is removed. */
export function cleanSpool(spoolFolder: string): Step<BackupParams, undefined, StepResults['clean-spool']> {
  const removed = { removed: true } as const;
  return {
    name: 'clean-spool',
    title: 'remove what lay on the way',
    timeoutMs: 60_000,
    attempts: 3,
    describe: ({ backupId }) => [`the folder ${backupId} in the spool`],
    probe: async ({ params }) => ((await new BackupSpool(spoolFolder, params.backupId).exists()) ? undefined : removed),
    run: async ({ params }) => {
      await new BackupSpool(spoolFolder, params.backupId).remove();
      return removed;
    },
    verify: async ({ params }) => {
      if (!(await new BackupSpool(spoolFolder, params.backupId).exists())) return;
      throw new DrError('VERIFY_FAILED', `the spool still holds ${params.backupId}`);
    },
  };
}
