import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import { BackupSpool } from '../adapters/backup-spool.js';
import { type BackupSources, memberOn } from '../adapters/backup-sources.js';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { BackupProgress } from '../backup-progress.js';
import type { BackupParams } from '../domain/backup-params.js';
import { serverVersion } from '../domain/server-version.js';
import type { SpooledComponent } from '../domain/spooled-component.js';
import { copyDatabase } from './base-backup.js';
import { readingAttempts } from './read-components.js';
import { type FoundChanges, resultOf, type StepResults } from './results.js';

/**
 * What has changed since the parent, as the server can give it: from PostgreSQL 17 on the blocks. Older servers cannot: what has
 * changed is in the WAL archive then, and the backup names the stretch of it, from where the parent ended to where the server was.
 */
export function copyChanges(
  sources: BackupSources,
  stores: BackupStores,
  progress: BackupProgress,
): Step<BackupParams, undefined, StepResults['copy-changes']> {
  return {
    name: 'copy-changes',
    title: 'name or copy what has changed',
    timeoutMs: 24 * 3_600_000,
    attempts: readingAttempts,
    describe: ({ components }) => components.map((name) => `${name}: what its WAL says has changed`),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const spool = new BackupSpool(sources.spool, context.params.backupId);
      const components: SpooledComponent[] = [];
      const { components: found } = resultOf(context, 'find-changes');
      for (const changes of found) {
        const copy = async (): Promise<SpooledComponent> =>
          changes.blocksSince === undefined
            ? walStretch(spool, changes, context)
            : copyBlocks(sources, stores, progress, context, spool, changes.component);
        const component = (await spool.find(changes.component)) ?? (await copy());
        await spool.describe(component);
        components.push(component);
      }
      return { components, note: noteOn(found, context.params.parent?.parentBackupId ?? '') };
    },
    verify: async ({ params }, { components }) => {
      for (const component of components) await new BackupSpool(sources.spool, params.backupId).require(component);
    },
  };
}

/** The blocks that the server says have changed since the parent, whose own list of files it is given. */
async function copyBlocks(
  sources: BackupSources,
  stores: BackupStores,
  progress: BackupProgress,
  context: StepContext<BackupParams>,
  spool: BackupSpool,
  component: string,
): Promise<SpooledComponent> {
  const { repository } = stores;
  const { params, attempt, signal } = context;
  const parentId = params.parent?.parentBackupId ?? '';
  const parent = (await repository.catalog(params.store).read(parentId)).components.find(
    (one) => one.component === component,
  );
  const list = parent?.objects.find(({ key }) => key.endsWith('/backup_manifest'));
  if (list === undefined) throw new DrError('CORRUPT_OBJECT', `${parentId} has no list of the files of ${component}`);
  const { path } = await spool.attemptFolder(`${component}-parent`, attempt);
  const manifestFile = join(path, 'backup_manifest');
  const target = createWriteStream(manifestFile, { mode: 0o600 });
  await pipeline(await repository.openObject(params.store, list, { signal }), target, { signal });
  const [database] = sources.databasesIn([component]);
  if (database === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${component}`);
  // Of the active site's own server: a standby may not have come to a restart point behind the parent yet.
  const on = memberOn(database, params.site);
  return copyDatabase(sources, stores, progress, context, spool, component, { on, manifestFile });
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
  const stretches = found.filter(({ blocksSince }) => blocksSince === undefined);
  if (stretches.length === 0) return `the blocks that have changed since ${parentBackupId}: restored together with it`;
  const versions = [...new Set(stretches.map((one) => serverVersion(one.serverVersion)))].join(', ');
  return `an increment of WAL alone: the archive holds what has changed since ${parentBackupId} (PostgreSQL ${versions}: block-incremental backups need PostgreSQL 17)`;
}
