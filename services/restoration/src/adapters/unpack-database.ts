import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { MessagePort } from 'node:worker_threads';
import { DrError } from '@novacron/contracts';
import {
  combineBackups,
  compareWithManifest,
  type LaidFile,
  requireProgram,
  runCommand,
  unpackTar,
} from '@novacron/drivers';
import type { ManifestComponent, ManifestObject } from '@novacron/repository';
import { tablespaceOf, tablespacesOf } from '../domain/tablespace-places.js';
import type { ScratchPlace } from './scratch-place.js';
import {
  linkTablespace,
  makeFolder,
  pointTablespaces,
  type TablespaceFolders,
  tablespaceFolder,
} from './tablespace-folders.js';

const verifyTimeoutMs = 6 * 3_600_000;
const combineTimeoutMs = 12 * 3_600_000;

export interface Unpacked {
  readonly files: number;
  readonly plainSizeBytes: number;
}

export interface UnpackOptions {
  readonly open: (object: ManifestObject) => Promise<Readable>;
  /** To another thread. */
  readonly openInto: (object: ManifestObject, port: MessagePort) => Promise<void>;
  readonly signal: AbortSignal;
  /** Where tablespaces are to lie; those that are not here lie beside the data. */
  readonly folders?: TablespaceFolders;
}

/**
 * A backup as a data directory: one that stands alone, or the full one and all increments of it up to the one that is wanted, put
 * together. Every byte was compared with the manifest on its way (stored hash, frames, plain hash), and what was written of it with the
 * server's own manifest, which misses no file and no flipped bit; it is on the disc then.
 * Each tablespace gets the folder that was named for it, or one beside the data directory, wherever it was on the server.
 * @throws DrError CORRUPT_OBJECT, COMMAND_FAILED when the parts do not fit together.
 */
export async function unpackDatabase(
  place: ScratchPlace,
  chain: readonly ManifestComponent[],
  options: UnpackOptions,
): Promise<Unpacked> {
  const { folders = {} } = options;
  const last = chain.at(-1);
  if (last === undefined) throw new DrError('INTERNAL', 'a restore has no backup');
  const tablespaces = tablespacesOf(last);
  await place.empty(place.dataDir);
  if (tablespaces.length > 0) await place.empty(place.tablespaceDir);
  const folderFor = async (oid: string): Promise<string> => tablespaceFolder(place, oid, folders);
  if (chain.length === 1) await unpackOne(place, last, { dataDir: place.dataDir, folderFor }, options);
  else await putTogether(place, chain, folderFor, options);
  await pointTablespaces(place, tablespaces, folders);
  const objects = chain.flatMap((component) => component.objects);
  return {
    files: objects.length,
    plainSizeBytes: objects.reduce((sum, { plainSizeBytes }) => sum + plainSizeBytes, 0),
  };
}

/** Each part was compared by itself: what puts them together asks for no checksums. */
async function putTogether(
  place: ScratchPlace,
  chain: readonly ManifestComponent[],
  folderFor: (oid: string) => Promise<string>,
  options: UnpackOptions,
): Promise<void> {
  const { chainDir, dataDir, runAs } = place;
  await place.empty(chainDir);
  const inputs: string[] = [];
  const partOf = (position: number, oid: string): string => join(chainDir, `${position}-tablespaces`, oid);
  for (const [position, component] of chain.entries()) {
    const input = await makeFolder(place, join(chainDir, `${position}`));
    const folderInPart = async (oid: string): Promise<string> => makeFolder(place, partOf(position, oid));
    await unpackOne(place, component, { dataDir: input, folderFor: folderInPart }, options);
    inputs.push(input);
  }
  const oids = tablespacesOf(chain.at(-1) ?? { objects: [] });
  const moves = oids.map(async (oid) => ({ from: partOf(chain.length - 1, oid), to: await folderFor(oid) }));
  await combineBackups({
    ...{ binDir: requireProgram('postgresBin'), inputs, outputDir: dataDir, tablespaces: await Promise.all(moves) },
    ...{ signal: options.signal, timeoutMs: combineTimeoutMs },
    ...(runAs === undefined ? {} : { runAs }),
  });
  await verify(place, dataDir, options.signal);
  await place.removeFolder(chainDir);
}

interface Target {
  readonly dataDir: string;
  /** Makes the folder of a tablespace. */
  readonly folderFor: (oid: string) => Promise<string>;
}

/** @throws DrError CORRUPT_OBJECT when what was written is not what the server's manifest says. */
async function unpackOne(
  place: ScratchPlace,
  component: ManifestComponent,
  { dataDir, folderFor }: Target,
  { open, openInto, signal }: UnpackOptions,
): Promise<void> {
  const { runAs } = place;
  const laid: LaidFile[] = [];
  const unpack = async (object: ManifestObject, targetDir: string, within: string): Promise<void> => {
    const as = { targetDir, signal, ...(runAs === undefined ? {} : { runAs }) };
    const files = await unpackTar(nameOf(object), async (port) => openInto(object, port), as);
    for (const file of files) laid.push({ ...file, path: `${within}${file.path}` });
  };
  const { manifest, wal, base, others } = partsOf(component);
  const walDir = await makeFolder(place, join(dataDir, 'pg_wal'));
  const written = manifest && writeManifest(join(dataDir, 'backup_manifest'), await open(manifest), signal);
  await allEnded([
    ...base.map(async (object) => unpack(object, dataDir, '')),
    ...wal.map(async (object) => unpack(object, walDir, 'pg_wal/')),
    ...(written === undefined ? [] : [written]),
  ]);
  for (const object of others) {
    const oid = tablespaceOf(nameOf(object)) ?? '';
    const targetDir = await folderFor(oid);
    await linkTablespace(place, dataDir, oid, targetDir);
    await unpack(object, targetDir, `pg_tblspc/${oid}/`);
  }
  await place.handOver(dataDir);
  const text = await written;
  const problems = text === undefined ? undefined : compareWithManifest(text, laid);
  if (problems === undefined) await verify(place, dataDir, signal);
  else if (problems.length > 0) throw notAsBackedUp(problems);
}

/** Nothing is left writing where one has failed. */
async function allEnded(works: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) if (outcome.status === 'rejected') throw outcome.reason;
}

interface Parts {
  readonly manifest: ManifestObject | undefined;
  readonly base: readonly ManifestObject[];
  readonly wal: readonly ManifestObject[];
  /** Tablespaces: the data bring the folder that the links to them lie in. */
  readonly others: readonly ManifestObject[];
}

function partsOf({ objects }: ManifestComponent): Parts {
  const named = (start: string): ManifestObject[] => objects.filter((object) => nameOf(object).startsWith(start));
  const others = objects.filter((object) => tablespaceOf(nameOf(object)) !== undefined);
  return { manifest: named('backup_manifest')[0], base: named('base.'), wal: named('pg_wal.'), others };
}

async function writeManifest(path: string, content: Readable, signal: AbortSignal): Promise<Buffer> {
  const text = await buffer(content);
  await writeFile(path, text, { mode: 0o600, flush: true, signal });
  return text;
}

function nameOf({ key }: ManifestObject): string {
  return key.split('/').at(-1) ?? key;
}

async function verify({ runAs }: ScratchPlace, dataDir: string, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await runCommand({
    program: join(requireProgram('postgresBin'), 'pg_verifybackup'),
    // The WAL is replayed in a moment, which reads it more thoroughly.
    args: ['--no-parse-wal', '--quiet', dataDir],
    cwd: '/',
    timeoutMs: verifyTimeoutMs,
    acceptExitCodes: [0, 1],
    signal,
    ...(runAs === undefined ? {} : { runAs }),
  });
  if (exitCode !== 0) throw notAsBackedUp(stderr.trim().split('\n'));
}

function notAsBackedUp(problems: readonly string[]): DrError {
  return new DrError('CORRUPT_OBJECT', 'what was unpacked is not what the server had put into its backup', {
    details: problems.slice(0, 20).map((problem) => ({ path: 'backup_manifest', problem })),
  });
}
