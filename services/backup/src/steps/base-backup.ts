import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { DrError } from '@novacron/contracts';
import type { PostgresMember } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import type { ManifestObject } from '@novacron/repository';
import type { BackupSpool } from '../adapters/backup-spool.js';
import type { BackupSources } from '../adapters/backup-sources.js';
import type { BackupStores } from '../adapters/backup-stores.js';
import { sourceMember } from '../adapters/source-member.js';
import { StoreAhead } from '../adapters/store-ahead.js';
import type { BackupProgress } from '../backup-progress.js';
import type { BackupParams } from '../domain/backup-params.js';
import { serverVersion } from '../domain/server-version.js';
import type { SpooledComponent, SpooledFile } from '../domain/spooled-component.js';
import { readComponents, readingAttempts } from './read-components.js';
import { resultOf, type StepResults } from './results.js';

/**
 * A physical copy of each database from the active site, compressed by its server, with a SHA-256 manifest, and with the WAL
 * that makes it consistent: such a backup can be restored without the archive. It is sealed and stored while it is read.
 */
export function baseBackup(
  sources: BackupSources,
  stores: BackupStores,
  progress: BackupProgress,
): Step<BackupParams, undefined, StepResults['base-backup']> {
  return readComponents({
    name: 'base-backup',
    title: 'copy the databases from the active site',
    timeoutMs: 24 * 3_600_000,
    attempts: readingAttempts,
    spool: sources.spool,
    namesIn: ({ components }) => sources.databasesIn(components).map(({ settings }) => settings.name),
    describe: ({ components, site }) =>
      sources.databasesIn(components).map(({ settings }) => `${settings.name}: a checkpoint and a copy on ${site}`),
    read: (context, spool, component) => copyDatabase(sources, stores, progress, context, spool, component),
  });
}

/** The whole of a database, or, on top of a backup before it, the blocks that have changed since. */
export async function copyDatabase(
  sources: BackupSources,
  { repository }: BackupStores,
  progress: BackupProgress,
  context: StepContext<BackupParams>,
  spool: BackupSpool,
  component: string,
  increment?: { readonly on: PostgresMember; readonly manifestFile: string },
): Promise<SpooledComponent> {
  const { params, attempt, signal } = context;
  const [database] = sources.databasesIn([component]);
  if (database === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${component}`);
  const folder = await spool.attemptFolder(component, attempt);
  const { compress, maxRate, source } = sources.settings;
  const { member, sourceNote } =
    increment === undefined ? await sourceMember(database, params.site, source) : { member: increment.on };
  const step = increment === undefined ? 'base-backup' : 'copy-changes';
  progress.begin(params.backupId, step);
  const { backupId, store } = params;
  const { neededBytes: atMostBytes } = resultOf(context, 'prepare-spool');
  const ahead = new StoreAhead(
    folder.path,
    async (name, file) => {
      const header = { path: spool.headerOf({ path: join(folder.name, name) }), takeUp: false };
      return repository.putFile(store, { backupId, component, name }, { ...file, atMostBytes, header, signal });
    },
    (name, error) =>
      context.logger.warn('a file of the copy was not stored while it was read', {
        ...{ operation: context.operationId, backup: backupId, component, file: name },
        reason: DrError.from(error).message,
      }),
  );
  // The WAL's archive is finished by going back in it.
  ahead.follow((name) => name.includes('.tar') && !name.startsWith('pg_wal.'));
  try {
    const copy = await member.baseBackup({
      targetDir: folder.path,
      replication: database.replication,
      compress,
      ...(maxRate === undefined ? {} : { maxRate }),
      // After a crash of the machine the spool's hashes tell, and the copy is made anew.
      sync: false,
      ...(increment === undefined ? {} : { incremental: increment.manifestFile }),
      signal,
      onProgress: ({ doneBytes, totalBytes }) => {
        context.progress(totalBytes === 0 ? 0 : Math.min(99, (100 * doneBytes) / totalBytes), component);
        progress.tell(backupId, step, doneBytes, totalBytes);
      },
    });
    const names: string[] = [];
    for (const { name } of copy.files) {
      // The server compresses the data but not the WAL, which is mostly zeros behind its end.
      names.push(name === 'pg_wal.tar' ? await compressed(folder.path, name, signal) : name);
    }
    const read = await ahead.readWhole(names);
    const files: SpooledFile[] = [];
    for (const name of names) {
      const found = read.get(name);
      const path = join(folder.name, name);
      files.push(found === undefined ? await spool.describeFile(folder.name, name) : { name, path, ...found });
    }
    const described: SpooledComponent = {
      component,
      kind: increment === undefined ? 'postgres-physical' : 'postgres-incremental',
      sourceSite: member.name,
      serverVersion: serverVersion(copy.serverVersion),
      startedAt: copy.startedAt,
      completedAt: copy.completedAt,
      systemId: copy.systemIdentifier,
      timeline: copy.timeline,
      startLsn: copy.startLsn,
      stopLsn: copy.stopLsn,
      includesWal: true,
      ...(copy.tablespaces.length === 0 ? {} : { tablespaces: [...copy.tablespaces] }),
      ...(sourceNote === undefined ? {} : { sourceNote }),
      files,
    };
    signal.throwIfAborted();
    await spool.describe(described);
    const stored = await ahead.describedAs(names);
    return { ...described, files: files.map((file) => ({ ...file, ...storedAs(stored.get(file.name)) })) };
  } catch (error) {
    await ahead.giveUp(error);
    throw error;
  }
}

function storedAs(stored: ManifestObject | undefined): Pick<SpooledFile, 'stored'> {
  return stored === undefined ? {} : { stored };
}

async function compressed(folder: string, name: string, signal: AbortSignal): Promise<string> {
  const path = join(folder, name);
  await pipeline(createReadStream(path), createZstdCompress(), createWriteStream(`${path}.zst`, { mode: 0o600 }), {
    signal,
  });
  await rm(path);
  return `${name}.zst`;
}
