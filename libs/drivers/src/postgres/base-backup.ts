import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { type RunAs, runCommand } from '../command/run-command.js';
import { type PostgresAccess, type Query, type Row, withConnection } from './access.js';
import { conninfo } from './conninfo.js';
import { compareLsn, type Lsn } from './lsn.js';
import { readStatus } from './status.js';

export interface BaseBackupOptions {
  /** A folder that does not exist yet, or is empty; gets `base.tar*`, `backup_manifest` and `pg_wal.tar*`. */
  readonly targetDir: string;
  /** `fast` begins at once with a burst of writes; `spread` waits up to the server's checkpoint interval. */
  readonly checkpoint?: 'fast' | 'spread';
  /** `server-zstd:1`, `gzip`, `none`, … as pg_basebackup's --compress (default `server-zstd:1`). */
  readonly compress?: string;
  /** `stream` makes the backup restorable by itself; `none` leans on a WAL archive that has the whole range. */
  readonly wal?: 'stream' | 'none';
  /** The `backup_manifest` of the backup before, on this machine: only blocks that have changed since are copied (PostgreSQL 17). */
  readonly incremental?: string;
  /** False leaves the files to the operating system: for whoever reads them at once, and hashes what was read. */
  readonly sync?: boolean;
  /** For instance `32M` per second, so that production keeps its bandwidth. */
  readonly maxRate?: string;
  /** A role with REPLICATION, where the member's own has none. */
  readonly replication?: { readonly user: string; readonly password: string };
  readonly binDir?: string;
  readonly runAs?: RunAs;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

export interface BaseBackupFile {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

export interface TablespaceOf {
  readonly oid: string;
  readonly name: string;
  /** Where it lies on the server. */
  readonly location: string;
}

export interface BaseBackup {
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** WAL from `startLsn` to `stopLsn` is needed for the copy to become consistent. */
  readonly startLsn: Lsn;
  readonly stopLsn: Lsn;
  /** The server's clock, RFC 3339. A point in time before `completedAt` cannot be reached from this backup. */
  readonly startedAt: string;
  readonly completedAt: string;
  readonly serverVersion: number;
  readonly compress: string;
  /** Beside the two that every server has; each has a tar of its own, named for its oid. */
  readonly tablespaces: readonly TablespaceOf[];
  readonly files: readonly BaseBackupFile[];
}

const dayMs = 86_400_000;

/**
 * A physical copy of a whole server by pg_basebackup, as tar files with a SHA-256 manifest. From a standby it works too. Throws
 * COMMAND_FAILED with pg_basebackup's words, or VERIFY_FAILED when the manifest it left does not tell the WAL range.
 */
export async function baseBackup(
  access: PostgresAccess,
  options: BaseBackupOptions & { readonly binDir: string },
): Promise<BaseBackup> {
  const { targetDir, compress = 'server-zstd:1', wal = 'stream', runAs, signal } = options;
  const login = options.replication ?? access;
  const before = await withConnection(access, { signal }, readStatus);
  if (!runAs) await mkdir(targetDir, { recursive: true, mode: 0o700 });
  let unread = '';
  await runCommand({
    program: join(options.binDir, 'pg_basebackup'),
    args: [
      ...[
        '-d',
        conninfo({ host: access.host, port: access.port, user: login.user, application_name: 'novacron-dr-backup' }),
      ],
      ...[
        '-D',
        targetDir,
        '-Ft',
        '-X',
        wal,
        `--checkpoint=${options.checkpoint ?? 'fast'}`,
        '--manifest-checksums=SHA256',
      ],
      ...[`--compress=${compress}`, '--progress', '--verbose', '--no-password', '--label=novacron-dr'],
      ...(options.incremental === undefined ? [] : [`--incremental=${options.incremental}`]),
      ...(options.sync === false ? ['--no-sync'] : []),
      ...(options.maxRate === undefined ? [] : [`--max-rate=${options.maxRate}`]),
    ],
    env: { PGPASSWORD: login.password },
    timeoutMs: options.timeoutMs ?? dayMs,
    ...(signal === undefined ? {} : { signal }),
    ...(runAs === undefined ? {} : { runAs }),
    onStderr: (text) => {
      const lines = (unread + text).split(/[\r\n]/);
      unread = lines.pop() ?? '';
      for (const line of lines) {
        const [, done, total] = /^\s*(\d+)\/(\d+) kB/.exec(line) ?? [];
        if (total !== undefined)
          options.onProgress?.({ doneBytes: Number(done) * 1024, totalBytes: Number(total) * 1024 });
      }
    },
  });
  const after = await withConnection(access, { signal }, readStatus);
  const tablespaces = await withConnection(access, { signal }, readTablespaces);
  const range = parseBackupManifest(await readFile(join(targetDir, 'backup_manifest'), 'utf8'));
  const files = await filesIn(targetDir);
  return {
    systemIdentifier: before.systemIdentifier,
    ...range,
    startedAt: before.serverTime,
    completedAt: after.serverTime,
    serverVersion: after.version,
    compress,
    tablespaces: tablespaces.filter(({ oid }) => files.some(({ name }) => name.startsWith(`${oid}.tar`))),
    files,
  };
}

async function readTablespaces(query: Query): Promise<TablespaceOf[]> {
  const rows = await query<TablespaceOf & Row>(
    `select oid::text, spcname as name, pg_tablespace_location(oid) as location
     from pg_tablespace where spcname not in ('pg_default', 'pg_global') order by spcname`,
  );
  return rows.map(({ oid, name, location }) => ({ oid, name, location }));
}

/** The WAL range that a backup_manifest names: from its earliest start to its latest end, and the timeline it ends on. */
export function parseBackupManifest(text: string): { timeline: number; startLsn: Lsn; stopLsn: Lsn } {
  const manifest = JSON.parse(text) as { 'WAL-Ranges'?: { Timeline: number; 'Start-LSN': Lsn; 'End-LSN': Lsn }[] };
  const ranges = [...(manifest['WAL-Ranges'] ?? [])].sort((a, b) => compareLsn(a['Start-LSN'], b['Start-LSN']));
  const first = ranges[0];
  const last = ranges.at(-1);
  if (!first || !last) throw new DrError('VERIFY_FAILED', 'the backup manifest names no WAL range');
  return { timeline: last.Timeline, startLsn: first['Start-LSN'], stopLsn: last['End-LSN'] };
}

async function filesIn(folder: string): Promise<BaseBackupFile[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => ({ name, path: join(folder, name), sizeBytes: (await stat(join(folder, name))).size })),
  );
}
