import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DrError } from '@novacron/contracts';
import type { RunAs } from '../command/run-command.js';
import { primaryConninfo, type ReplicationSource } from './conninfo.js';
import { runningPostmaster } from './process-control.js';

/** The files of a data directory that belong to the machine, not to the data: a copy from another server brings its own. */
const configFiles = ['postgresql.conf', 'postgresql.auto.conf', 'pg_hba.conf', 'pg_ident.conf'];

/** Throws PRECONDITION_FAILED while a server runs on it. */
export function assertStopped(dataDir: string): void {
  const pid = runningPostmaster(dataDir);
  if (pid === undefined) return;
  throw new DrError('PRECONDITION_FAILED', `a server runs on ${dataDir} (pid ${pid})`, { hint: 'stop it first' });
}

/**
 * Copies the configuration files beside the data directory, where neither a rewind nor emptying it reaches them. What an
 * attempt that was cut short kept stays: the directory may hold the other server's files by now, or none.
 */
export async function keepConfiguration(dataDir: string, runAs?: RunAs): Promise<void> {
  const folder = keptFolder(dataDir);
  const present = configFiles.filter((file) => existsSync(join(dataDir, file)));
  if (existsSync(folder) || present.length === 0) return;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  for (const file of present) await writeOwned(join(partial, file), await readFile(join(dataDir, file)), runAs);
  await rename(partial, folder);
}

/** Puts the kept files back. They stay beside the directory until `forgetConfiguration`. */
export async function restoreConfiguration(dataDir: string, runAs?: RunAs): Promise<void> {
  const folder = keptFolder(dataDir);
  for (const file of configFiles.filter((name) => existsSync(join(folder, name)))) {
    await writeOwned(join(dataDir, file), await readFile(join(folder, file)), runAs);
  }
}

/** A rewind that began and did not come to its end leaves a directory that cannot be trusted, and this mark beside it. */
const rewindMark = 'rewind-begun';

export async function markRewind(dataDir: string, runAs?: RunAs): Promise<void> {
  await mkdir(keptFolder(dataDir), { recursive: true, mode: 0o700 });
  await writeOwned(join(keptFolder(dataDir), rewindMark), '', runAs);
}

export function assertNoBrokenRewind(dataDir: string): void {
  if (!existsSync(join(keptFolder(dataDir), rewindMark))) return;
  throw new DrError('PRECONDITION_FAILED', `a rewind of ${dataDir} was cut off: its data cannot be trusted`, {
    hint: 'rebuild it from a base backup',
  });
}

export async function forgetConfiguration(dataDir: string): Promise<void> {
  await rm(keptFolder(dataDir), { recursive: true, force: true });
}

function keptFolder(dataDir: string): string {
  const path = resolve(dataDir);
  return `${path}.kept-configuration`;
}

/**
 * Empties a data directory, keeping the directory itself and its mode. Throws PRECONDITION_FAILED when a server runs on it, or
 * when it holds something that is not a PostgreSQL data directory.
 */
export async function emptyDataDirectory(dataDir: string): Promise<void> {
  assertStopped(dataDir);
  const entries = existsSync(dataDir) ? await readdir(dataDir) : [];
  const isData = ['PG_VERSION', 'backup_label', 'pg_wal', 'global'].some((name) => entries.includes(name));
  if (entries.length > 0 && !isData) {
    throw new DrError('PRECONDITION_FAILED', `${dataDir} holds files, but no PostgreSQL data directory`, {
      hint: 'empty it by hand if nothing in it is needed',
    });
  }
  for (const entry of entries) await rm(join(dataDir, entry), { recursive: true, force: true });
}

/**
 * Makes the directory's server start as a standby of `source`. Of the settings that ALTER SYSTEM left behind, those that
 * belong to a primary go: a standby that comes back with them would wait for standbys of its own after a promotion.
 */
export async function becomeStandby(dataDir: string, source: ReplicationSource, runAs?: RunAs): Promise<void> {
  const file = join(dataDir, 'postgresql.auto.conf');
  const before = existsSync(file) ? await readFile(file, 'utf8') : '';
  const settings = {
    primary_conninfo: primaryConninfo(source),
    primary_slot_name: source.slot ?? '',
    recovery_target_timeline: 'latest',
    synchronous_standby_names: '',
  };
  await writeOwned(file, withSettings(before, settings), runAs);
  await rm(join(dataDir, 'recovery.signal'), { force: true });
  await writeOwned(join(dataDir, 'standby.signal'), '', runAs);
}

/** The text of a postgresql.auto.conf with these settings in place of any it had of those names. */
export function withSettings(text: string, settings: Readonly<Record<string, string>>): string {
  const kept = text.split('\n').filter((line) => {
    const name = /^\s*([\w.]+)\s*=?/.exec(line)?.[1];
    return line.trim() !== '' && (name === undefined || !(name.toLowerCase() in settings));
  });
  const added = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return `${[...kept, ...added].join('\n')}\n`;
}

async function writeOwned(path: string, content: string | Uint8Array, runAs?: RunAs): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  if (runAs) {
    await chown(path, runAs.uid, runAs.gid);
    await chown(dirname(path), runAs.uid, runAs.gid);
  }
}
