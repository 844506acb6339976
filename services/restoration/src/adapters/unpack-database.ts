import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrError } from '@novacron/contracts';
import { extractTar, requireProgram, runCommand } from '@novacron/drivers';
import type { ManifestComponent, ManifestObject } from '@novacron/repository';
import type { ScratchPlace } from './scratch-place.js';

const verifyTimeoutMs = 6 * 3_600_000;

export interface Unpacked {
  readonly files: number;
  readonly plainSizeBytes: number;
}

/**
 * A base backup as a data directory. Every byte was compared with the manifest on its way (stored hash, frames, plain hash),
 * and the directory that came of it with the server's own manifest by pg_verifybackup, which misses no file and no flipped bit.
 * @throws DrError CORRUPT_OBJECT, PRECONDITION_FAILED for a backup with tablespaces.
 */
export async function unpackDatabase(
  place: ScratchPlace,
  component: ManifestComponent,
  open: (object: ManifestObject) => Promise<Readable>,
  signal: AbortSignal,
): Promise<Unpacked> {
  const { dataDir, runAs } = place;
  await place.empty(dataDir);
  for (const object of inOrder(component)) {
    const name = nameOf(object);
    const content = await open(object);
    if (name === 'backup_manifest') {
      await pipeline(content, createWriteStream(join(dataDir, name), { mode: 0o600 }), { signal });
    } else {
      const targetDir = name.startsWith('pg_wal.') ? join(dataDir, 'pg_wal') : dataDir;
      await extractTar(name, content, { targetDir, signal, ...(runAs === undefined ? {} : { runAs }) });
    }
  }
  await place.handOver(dataDir);
  await verify(place, signal);
  return {
    files: component.objects.length,
    plainSizeBytes: component.objects.reduce((sum, { plainSizeBytes }) => sum + plainSizeBytes, 0),
  };
}

/** The data first: it brings the folder that the WAL goes to. */
function inOrder({ component, objects }: ManifestComponent): ManifestObject[] {
  const place = (object: ManifestObject): number => {
    const index = ['base.', 'pg_wal.', 'backup_manifest'].findIndex((start) => nameOf(object).startsWith(start));
    if (index >= 0) return index;
    throw new DrError('PRECONDITION_FAILED', `${component} was backed up with ${nameOf(object)}, a tablespace`, {
      hint: 'restore it by hand: tablespaces need folders of their own',
    });
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
