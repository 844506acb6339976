import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DrError, type ProblemDetail } from '@novacron/contracts';
import { combineBackups, extractTar, packageHint, requireProgram, runCommand } from '@novacron/drivers';
import {
  type BackupManifest,
  incrementChain,
  isServerCopy,
  type ManifestComponent,
  manifestsOf,
  objectKey,
  type Repository,
} from '@novacron/repository';

const verifyTimeoutMs = 12 * 3_600_000;
/** WAL and folders, beside the files that the server's manifest counts. */
const reserveBytes = 128 * 1024 * 1024;

/**
 * Unpacks every database of a backup from one store, one after the other, and has pg_verifybackup compare it with the server's own
 * manifest and parse the WAL that makes it consistent; an increment together with all that it builds on, and once more as what they
 * make together. Returns what it found; the folder is gone afterwards.
 * @throws DrError PRECONDITION_FAILED without room for it, PROGRAM_MISSING without the tools of the backup's version, or the
 * store's own.
 */
export async function structureProblems(
  repository: Repository,
  store: string,
  manifest: BackupManifest,
  options: { readonly folder: string; readonly signal: AbortSignal },
): Promise<ProblemDetail[]> {
  const problems: ProblemDetail[] = [];
  for (const component of manifest.components.filter(isServerCopy)) {
    await requireTools(component, options.signal);
    try {
      await rm(options.folder, { recursive: true, force: true });
      problems.push(...(await problemsOf(repository, store, manifest, component.component, options)));
    } finally {
      await rm(options.folder, { recursive: true, force: true });
    }
  }
  return problems;
}

async function problemsOf(
  repository: Repository,
  store: string,
  manifest: BackupManifest,
  component: string,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<ProblemDetail[]> {
  const manifests = manifestsOf(await repository.catalog(store).list());
  const whole = incrementChain(manifests, manifest, component);
  if ('problem' in whole) return [{ path: `backups/${manifest.backupId}/`, problem: whole.problem }];
  const inputs: string[] = [];
  for (const [position, { backupId, components }] of whole.chain.entries()) {
    const part = components.find((one) => one.component === component);
    if (part === undefined) continue;
    const input = join(folder, `${position}`);
    await unpack(repository, store, part, { folder: input, signal });
    const found = await verifyBackup(input, signal);
    const path = objectKey(backupId, component, 'backup_manifest');
    if (found.length > 0) return found.map((problem) => ({ path, problem }));
    inputs.push(input);
  }
  if (inputs.length < 2) return [];
  const outputDir = join(folder, 'whole');
  const path = objectKey(manifest.backupId, component, 'backup_manifest');
  try {
    await combineBackups({
      ...{ binDir: requireProgram('postgresBin'), inputs, outputDir, signal, timeoutMs: verifyTimeoutMs },
    });
  } catch (error) {
    const { code, message, details } = DrError.from(error);
    if (code !== 'COMMAND_FAILED' || signal.aborted) throw error;
    return [{ path, problem: [message, ...details.map(({ problem }) => problem)].join(': ') }];
  }
  return (await verifyBackup(outputDir, signal)).map((problem) => ({ path, problem }));
}

async function unpack(
  repository: Repository,
  store: string,
  { objects }: ManifestComponent,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const named = new Map(objects.map((object) => [object.key.split('/').at(-1) ?? '', object]));
  const list = named.get('backup_manifest');
  if (list !== undefined) {
    const target = createWriteStream(join(folder, 'backup_manifest'), { mode: 0o600 });
    await pipeline(await repository.openObject(store, list, { signal }), target, { signal });
    await requireRoom(folder);
  }
  // The data first: it brings the folders that WAL and tablespaces go to.
  const tars = [...named].filter(([name]) => name.includes('.tar')).sort(([a], [b]) => order(a) - order(b));
  for (const [name, object] of tars) {
    const targetDir = folderOf(folder, name);
    if (name.startsWith('base.')) await mkdir(targetDir, { recursive: true, mode: 0o700 });
    else
      await rm(targetDir, { recursive: true, force: true }).then(() =>
        mkdir(targetDir, { recursive: true, mode: 0o700 }),
      );
    await extractTar(name, await repository.openObject(store, object, { signal }), { targetDir, signal });
  }
}

/** A tablespace is unpacked in place of the link to where it lies on its server. */
function folderOf(folder: string, name: string): string {
  if (name.startsWith('base.')) return folder;
  if (name.startsWith('pg_wal.')) return join(folder, 'pg_wal');
  return join(folder, 'pg_tblspc', name.slice(0, name.indexOf('.')));
}

function order(name: string): number {
  return name.startsWith('base.') ? 0 : 1;
}

async function requireRoom(folder: string): Promise<void> {
  const { Files = [] } = JSON.parse(await readFile(join(folder, 'backup_manifest'), 'utf8')) as {
    Files?: readonly { readonly Size: number }[];
  };
  const { bavail, bsize } = await statfs(folder);
  const neededBytes = Files.reduce((sum, { Size }) => sum + Size, reserveBytes);
  if (bavail * bsize >= neededBytes) return;
  throw new DrError('PRECONDITION_FAILED', `unpacking needs ${neededBytes} bytes, ${bavail * bsize} are free`, {
    hint: 'make room on the disc of backup.spool, or verify without structure',
  });
}

async function requireTools({ component, serverVersion }: ManifestComponent, signal: AbortSignal): Promise<void> {
  const { stdout } = await runCommand({ program: tool(), args: ['--version'], timeoutMs: 10_000, signal });
  const [ours, theirs] = [major(stdout), major(serverVersion)];
  if (ours >= theirs) return;
  throw new DrError('PROGRAM_MISSING', `${component} is of PostgreSQL ${theirs}, the tools here are of ${ours}`, {
    hint: packageHint('postgres').replace(/postgresql(?!-)/u, `postgresql-${theirs}`),
  });
}

function major(text: string): number {
  return Number(/(\d+)/u.exec(text)?.[1] ?? 0);
}

async function verifyBackup(folder: string, signal: AbortSignal): Promise<string[]> {
  const { exitCode, stderr } = await runCommand({
    program: tool(),
    args: ['--quiet', folder],
    cwd: '/',
    timeoutMs: verifyTimeoutMs,
    acceptExitCodes: [0, 1],
    signal,
  });
  return exitCode === 0 ? [] : stderr.trim().split('\n').slice(0, 20);
}

function tool(): string {
  return join(requireProgram('postgresBin'), 'pg_verifybackup');
}
