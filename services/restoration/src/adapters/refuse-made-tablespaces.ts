import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { type MadeTablespace, madeTablespaces, requireProgram } from '@novacron/drivers';
import type { ManifestComponent } from '@novacron/repository';
import type { RestorePoint } from '../domain/restore-point.js';
import type { ScratchPlace } from './scratch-place.js';

/**
 * Looks for tablespaces that were made after the backup had begun. Their replay would make them where they were made the first time,
 * and where the live server is on this machine that is its own folder.
 * @throws DrError PRECONDITION_FAILED naming them; nothing has been started then.
 */
export async function refuseMadeTablespaces(
  { dataDir, walDir, runAs }: ScratchPlace,
  { timeline, targetTime }: RestorePoint,
  { startLsn }: Pick<ManifestComponent, 'startLsn'>,
  signal: AbortSignal,
): Promise<void> {
  const folder = {
    ...{ binDir: requireProgram('postgresBin'), from: startLsn ?? '0/0', signal },
    ...(runAs === undefined ? {} : { runAs }),
  };
  const made: MadeTablespace[] = await madeTablespaces({ ...folder, walDir: join(dataDir, 'pg_wal') });
  if (timeline !== undefined) {
    const target = targetTime === undefined ? {} : { targetTime };
    made.push(...(await madeTablespaces({ ...folder, walDir, ...target })));
  }
  if (made.length === 0) return;
  throw new DrError('PRECONDITION_FAILED', 'a tablespace was made after the backup that this restore begins from', {
    retryable: false,
    hint: 'take a full backup after making a tablespace and restore from that one, or restore to a moment before it was made',
    details: made.map(({ oid, location }) => ({
      path: location,
      problem: `tablespace ${oid}: its replay would write there, whatever lies there now`,
    })),
  });
}
