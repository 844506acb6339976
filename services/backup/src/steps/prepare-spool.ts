import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { BackupSpool } from '../adapters/backup-spool.js';
import { type BackupSources, memberOn } from '../adapters/backup-sources.js';
import type { BackupParams } from '../domain/backup-params.js';
import type { StepResults } from './results.js';

/** Beside the data: WAL that is written while they are read. */
const reserveBytes = 64 * 1024 * 1024;

/** Makes the backup's folder and looks at the disc before anything is read: a full one would stop more than a backup. */
export function prepareSpool(sources: BackupSources): Step<BackupParams, undefined, StepResults['prepare-spool']> {
  return {
    name: 'prepare-spool',
    title: 'make room for the backup on its way to the store',
    timeoutMs: 15_000,
    attempts: 3,
    describe: ({ backupId }) => [`a folder ${backupId} in the spool`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const { freeBytes } = await new BackupSpool(sources.spool, params.backupId).make();
      const sizes = sources.databasesIn(params.components).map(async (database) => {
        const [row] = await memberOn(database, params.site).query<{ bytes: number }>(
          'select sum(pg_database_size(oid))::float8 as bytes from pg_database',
          [],
          { signal },
        );
        return row?.bytes ?? 0;
      });
      const neededBytes = (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, reserveBytes);
      if (freeBytes >= neededBytes) return { freeBytes, neededBytes };
      throw new DrError(
        'PRECONDITION_FAILED',
        `the spool has ${freeBytes} bytes free, the backup may need ${neededBytes}`,
        { hint: 'make room on the disc of backup.spool, or move it to a larger one' },
      );
    },
    verify: async ({ params }) => {
      if (await new BackupSpool(sources.spool, params.backupId).exists()) return;
      throw new DrError('VERIFY_FAILED', `the spool has no folder for ${params.backupId}`);
    },
    undo: async ({ params }) => new BackupSpool(sources.spool, params.backupId).remove(),
  };
}
