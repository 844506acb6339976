import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step, StepContext } from '@novacron/operations';
import { BackupSpool } from '../adapters/backup-spool.js';
import type { BackupParams } from '../domain/backup-params.js';
import { serverVersion } from '../domain/server-version.js';
import type { SpooledComponent } from '../domain/spooled-component.js';
import { type FoundChanges, resultOf, type StepResults } from './results.js';

/** The first version whose servers summarize WAL, and so know the blocks that have changed. */
const blockIncrementsSince = 170_000;

/**
 * What has changed since the parent, as the server can give it. Older servers cannot give the blocks: what has changed is in the
 * WAL archive then, and the backup names the stretch of it, from where the parent ended to where the server was when asked.
 */
export function copyChanges(spoolFolder: string): Step<BackupParams, undefined, StepResults['copy-changes']> {
  return {
    name: 'copy-changes',
    title: 'name or copy what has changed',
    timeoutMs: 24 * 3_600_000,
    attempts: 5,
    describe: ({ components }) => components.map((name) => `${name}: what its WAL says has changed`),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const spool = new BackupSpool(spoolFolder, context.params.backupId);
      const components: SpooledComponent[] = [];
      const { components: found } = resultOf(context, 'find-changes');
      for (const changes of found) {
        const component = (await spool.find(changes.component)) ?? (await walStretch(spool, changes, context));
        await spool.describe(component);
        components.push(component);
      }
      return { components, note: noteOn(found, context.params.parent?.parentBackupId ?? '') };
    },
    verify: async ({ params }, { components }) => {
      for (const component of components) await new BackupSpool(spoolFolder, params.backupId).require(component);
    },
  };
}

async function walStretch(
  spool: BackupSpool,
  changes: FoundChanges,
  { params, attempt }: StepContext<BackupParams>,
): Promise<SpooledComponent> {
  const { component, systemId, timeline, fromLsn, untilLsn, at } = changes;
  const folder = await spool.attemptFolder(component, attempt);
  const stretch = { archive: `wal/${systemId}`, timeline, fromLsn, untilLsn };
  await writeFile(join(folder.path, 'wal-range.json'), `${JSON.stringify(stretch)}\n`, { mode: 0o600 });
  return {
    ...{ component, kind: 'postgres-wal', sourceSite: params.site, systemId, timeline },
    ...{ startLsn: fromLsn, stopLsn: untilLsn, startedAt: at, completedAt: at },
    serverVersion: serverVersion(changes.serverVersion),
    files: [await spool.describeFile(folder.name, 'wal-range.json')],
  };
}

function noteOn(found: readonly FoundChanges[], parentBackupId: string): string {
  const versions = [...new Set(found.map((one) => serverVersion(one.serverVersion)))].join(', ');
  const can = found.some((one) => one.serverVersion >= blockIncrementsSince);
  const why = can ? 'no block of data was copied' : 'block-incremental backups need PostgreSQL 17';
  return `an increment of WAL alone: the archive holds what has changed since ${parentBackupId} (PostgreSQL ${versions}: ${why})`;
}
