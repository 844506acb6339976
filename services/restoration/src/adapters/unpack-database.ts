import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrError } from '@novacron/contracts';
import { extractTar, requireProgram, runCommand } from '@novacron/drivers';
import type { ManifestComponent, ManifestObject } from '@novacron/repository';
import { tablespaceOf, tablespacesOf } from '../domain/tablespace-places.js';
import type { ScratchPlace } from './scratch-place.js';
import { linkTablespace, pointTablespaces, type TablespaceFolders } from './tablespace-folders.js';

const verifyTimeoutMs = 6 * 3_600_000;

export interface Unpacked {
  readonly files: number;
  readonly plainSizeBytes: number;
}

/**
 * A base backup as a data directory. Every byte was compared with the manifest on its way (stored hash, frames, plain hash),
 * and the directory that came of it with the server's own manifest by pg_verifybackup, which misses no file and no flipped bit.
 * Each tablespace gets the folder that was named for it, or one beside the data directory, wherever it was on the server.
 * @throws DrError CORRUPT_OBJECT.
 */
export async function unpackDatabase(
  place: ScratchPlace,
  component: ManifestComponent,
  open: (object: ManifestObject) => Promise<Readable>,
  { signal, folders = {} }: { readonly signal: AbortSignal; readonly folders?: TablespaceFolders },
): Promise<Unpacked> {
  const { dataDir, runAs } = place;
  await place.empty(dataDir);
  const tablespaces = tablespacesOf(component);
  if (tablespaces.length > 0) await place.empty(place.tablespaceDir);
  for (const object of inOrder(component)) {
    const name = nameOf(object);
    const oid = tablespaceOf(name);
    const content = await open(object);
    if (name === 'backup_manifest') {
      await pipeline(content, createWriteStream(join(dataDir, name), { mode: 0o600 }), { signal });
    } else if (oid !== undefined) {
      const targetDir = await linkTablespace(place, oid, folders);
      await extractTar(name, content, { targetDir, signal, ...(runAs === undefined ? {} : { runAs }) });
    } else {
      const targetDir = name.startsWith('pg_wal.') ? join(dataDir, 'pg_wal') : dataDir;
      await extractTar(name, content, { targetDir, signal, ...(runAs === undefined ? {} : { runAs }) });
    }
  }
  await place.handOver(dataDir);
  await verify(place, signal);
  await pointTablespaces(place, tablespaces, folders);
  return {
    files: component.objects.length,
    plainSizeBytes: component.objects.reduce((sum, { plainSizeBytes }) => sum + plainSizeBytes, 0),
  };
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

async function verify({ dataDir, runAs }: ScratchPlace, signal: AbortSignal): Promise<void> {
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
