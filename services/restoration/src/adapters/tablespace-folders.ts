import { chown, lchown, mkdir, readdir, readFile, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError, type ProblemDetail } from '@novacron/contracts';
import type { RunAs } from '@novacron/drivers';

/** The restore that tablespaces belong to. */
interface Place {
  readonly folder: string;
  readonly dataDir: string;
  readonly tablespaceDir: string;
  readonly runAs?: RunAs | undefined;
}

/** By oid. */
export type TablespaceFolders = Readonly<Record<string, string>>;

/**
 * Asks, before anything starts, whether the folders can take tablespaces: what lies in one already may be a running server's.
 * Leaves nothing behind. @throws DrError PRECONDITION_FAILED naming each folder that cannot.
 */
export async function requireEmptyFolders(folders: TablespaceFolders): Promise<void> {
  const problems: ProblemDetail[] = [];
  for (const path of Object.values(folders)) {
    const problem = await problemOf(path);
    if (problem !== undefined) problems.push({ path, problem });
  }
  if (problems.length === 0) return;
  throw new DrError('PRECONDITION_FAILED', 'a tablespace cannot be restored to the place that was named', {
    hint: 'name folders that are empty or not there yet, in a folder that restoration may write; without a place it lies beside the restored data',
    details: problems,
  });
}

async function problemOf(path: string): Promise<string | undefined> {
  const made = await mkdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? false : error),
  );
  if (made === true) return rmdir(path).then(() => undefined);
  if (made !== false) return `cannot be made: ${made.message}`;
  const names = await readdir(path).catch((error: Error) => error);
  if (names instanceof Error) return `cannot be read: ${names.message}`;
  if (names.length > 0) return 'is not empty';
  const probe = join(path, '.probe');
  return mkdir(probe).then(
    () => rmdir(probe).then(() => undefined),
    (error: Error) => `cannot be written: ${error.message}`,
  );
}

/**
 * An empty folder for a tablespace of the restored server. One outside the scratch folder is noted there first, so that whatever
 * becomes of us, it goes when the restore goes.
 */
export async function tablespaceFolder(place: Place, oid: string, folders: TablespaceFolders): Promise<string> {
  const outside = folders[oid];
  if (outside === undefined) return makeFolder(place, join(place.tablespaceDir, oid));
  await takeOutside(place, outside);
  if (place.runAs !== undefined) await chown(outside, place.runAs.uid, place.runAs.gid);
  return outside;
}

export async function makeFolder({ runAs }: Pick<Place, 'runAs'>, path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (runAs !== undefined) await chown(path, runAs.uid, runAs.gid);
  return path;
}

/** A tablespace as a data directory has it: a link to its folder. */
export async function linkTablespace(
  { runAs }: Pick<Place, 'runAs'>,
  dataDir: string,
  oid: string,
  folder: string,
): Promise<void> {
  const link = join(dataDir, 'pg_tblspc', oid);
  await rm(link, { force: true });
  await symlink(folder, link);
  if (runAs !== undefined) await lchown(link, runAs.uid, runAs.gid);
}

/** The server makes its links anew from this file, which says where the tablespaces were on the server that was backed up. */
export async function pointTablespaces(
  place: Place,
  oids: readonly string[],
  folders: TablespaceFolders,
): Promise<void> {
  if (oids.length === 0) return;
  const lines = oids.map((oid) => `${oid} ${escaped(folders[oid] ?? join(place.tablespaceDir, oid))}\n`);
  await writeFile(join(place.dataDir, 'tablespace_map'), lines.join(''), { mode: 0o600 });
}

/** Empties every folder outside that a restore has taken, and removes those that it had made. */
export async function releaseTablespaces(folder: string): Promise<void> {
  for (const { path, made } of await taken(folder)) {
    for (const name of await readdir(path).catch(() => []))
      await rm(join(path, name), { recursive: true, force: true, maxRetries: 3 });
    if (made) await rmdir(path).catch(() => undefined);
  }
}

interface TakenFolder {
  readonly path: string;
  readonly made: boolean;
}

const notes = 'tablespaces.json';

async function takeOutside({ folder }: Place, path: string): Promise<void> {
  const known = await taken(folder);
  const before = known.find((one) => one.path === path);
  if (before === undefined) {
    await requireEmptyFolders({ path });
    const isThere = await readdir(path).then(
      () => true,
      () => false,
    );
    await writeFile(join(folder, notes), JSON.stringify([...known, { path, made: !isThere }]), { mode: 0o600 });
  }
  await mkdir(path, { recursive: true, mode: 0o700 });
  // Of an attempt before.
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true, maxRetries: 3 });
}

async function taken(folder: string): Promise<TakenFolder[]> {
  const text = await readFile(join(folder, notes), 'utf8').catch(() => '[]');
  return JSON.parse(text) as TakenFolder[];
}

/** As the server reads the file: a backslash or a line's end in a path stands behind a backslash. */
function escaped(path: string): string {
  return path.replaceAll(/[\\\n\r]/gu, (character) => `\\${character}`);
}
