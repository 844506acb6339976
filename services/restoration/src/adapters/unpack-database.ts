import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrError } from '@novacron/contracts';
import { combineBackups, extractTar, requireProgram, runCommand } from '@novacron/drivers';
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
  readonly signal: AbortSignal;
  /** Where tablespaces are to lie; those that are not here lie beside the data. */
  readonly folders?: TablespaceFolders;
}

/**
 * A backup as a data directory: one that stands alone, or the full one and all increments of it up to the one that is wanted, put
 * together. Every byte was compared with the manifest on its way (stored hash, frames, plain hash), and the directory that came of
 * it with the server's own manifest by pg_verifybackup, which misses no file and no flipped bit.
 * Each tablespace gets the folder that was named for it, or one beside the data directory, wherever it was on the server.
 * @throws DrError CORRUPT_OBJECT, COMMAND_FAILED when the parts do not fit together.
 */
export async function unpackDatabase(
  place: ScratchPlace,
  chain: readonly ManifestComponent[],
  options: UnpackOptions,
): Promise<Unpacked> {
  const { signal, folders = {} } = options;
  const last = chain.at(-1);
  if (last === undefined) throw new DrError('INTERNAL', 'a restore has no backup');
  const tablespaces = tablespacesOf(last);
  await place.empty(place.dataDir);
  if (tablespaces.length > 0) await place.empty(place.tablespaceDir);
  const folderFor = async (oid: string): Promise<string> => tablespaceFolder(place, oid, folders);
  if (chain.length === 1) await unpackOne(place, last, { dataDir: place.dataDir, folderFor }, options);
  else await putTogether(place, chain, folderFor, options);
  await verify(place, place.dataDir, signal);
  await pointTablespaces(place, tablespaces, folders);
  const objects = chain.flatMap((component) => component.objects);
  return {
    files: objects.length,
    plainSizeBytes: objects.reduce((sum, { plainSizeBytes }) => sum + plainSizeBytes, 0),
  };
}

/** Each part is verified by itself: what puts them together asks for no checksums. */
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
    await verify(place, input, options.signal);
    inputs.push(input);
  }
  const oids = tablespacesOf(chain.at(-1) ?? { objects: [] });
  const moves = oids.map(async (oid) => ({ from: partOf(chain.length - 1, oid), to: await folderFor(oid) }));
  await combineBackups({
    ...{ binDir: requireProgram('postgresBin'), inputs, outputDir: dataDir, tablespaces: await Promise.all(moves) },
    ...{ signal: options.signal, timeoutMs: combineTimeoutMs },
    ...(runAs === undefined ? {} : { runAs }),
  });
  await place.removeFolder(chainDir);
}

interface Target {
  readonly dataDir: string;
  /** Makes the folder of a tablespace. */
  readonly folderFor: (oid: string) => Promise<string>;
}

async function unpackOne(
  place: ScratchPlace,
  component: ManifestComponent,
  { dataDir, folderFor }: Target,
  { open, signal }: UnpackOptions,
): Promise<void> {
  const { runAs } = place;
  for (const object of inOrder(component)) {
    const name = nameOf(object);
    const oid = tablespaceOf(name);
    const content = await open(object);
    if (name === 'backup_manifest') {
      await pipeline(content, createWriteStream(join(dataDir, name), { mode: 0o600 }), { signal });
    } else if (oid !== undefined) {
      const targetDir = await folderFor(oid);
      await linkTablespace(place, dataDir, oid, targetDir);
      await extractTar(name, content, { targetDir, signal, ...(runAs === undefined ? {} : { runAs }) });
    } else {
      const targetDir = name.startsWith('pg_wal.') ? join(dataDir, 'pg_wal') : dataDir;
      await extractTar(name, content, { targetDir, signal, ...(runAs === undefined ? {} : { runAs }) });
    }
  }
  await place.handOver(dataDir);
}

/** The data first: it brings the folders that the WAL and the links to tablespaces go to. */
function inOrder({ objects }: ManifestComponent): ManifestObject[] {
  const first = ['base.', 'pg_wal.', 'backup_manifest'];
  const place = (object: ManifestObject): number => {
    const index = first.findIndex((start) => nameOf(object).startsWith(start));
    return index < 0 ? first.length : index;
  };
  return [...objects].sort((a, b) => place(a) - place(b));
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
  if (exitCode === 0) return;
  throw new DrError('CORRUPT_OBJECT', 'what was unpacked is not what the server had put into its backup', {
    details: stderr
      .trim()
      .split('\n')
      .slice(0, 20)
      .map((problem) => ({ path: 'pg_verifybackup', problem })),
  });
}
