import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { type RunAs, runCommand } from '../command/run-command.js';
import { type PostgresAccess, withConnection } from './access.js';
import { conninfo } from './conninfo.js';
import { type PostgresStatus, readStatus } from './status.js';

export interface LogicalDumpOptions {
  /** A folder that exists and is empty. */
  readonly targetDir: string;
  readonly binDir: string;
  /** Databases that are dumped at once. */
  readonly jobs: number;
  readonly timeoutMs?: number;
  readonly runAs?: RunAs;
  readonly signal?: AbortSignal;
  /** After each database. */
  readonly onDumped?: (done: { readonly databases: number; readonly of: number; readonly sizeBytes: number }) => void;
  /** About once a second: of the databases' sizes, those dumped, and of those under way what their dumps hold so far. */
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

export interface DumpedDatabase {
  readonly database: string;
  /** Name of its dump, in pg_dump's custom format. */
  readonly file: string;
}

export interface LogicalDump {
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** The server's clock, RFC 3339: each database is as it was at a moment between the two. */
  readonly startedAt: string;
  readonly completedAt: string;
  readonly serverVersion: number;
  readonly databases: readonly DumpedDatabase[];
  /** `globals.sql` (roles and tablespaces), `databases.json` (which dump is whose), and the dumps. */
  readonly files: readonly string[];
}

export const globalsFile = 'globals.sql';
export const databasesFile = 'databases.json';
const dayMs = 86_400_000;
const progressEveryMs = 1_000;

/**
 * Every database of a server by pg_dump in its custom format, several at once, and what they share by pg_dumpall. From a standby it
 * works too. @throws DrError COMMAND_FAILED with the program's words, PROGRAM_MISSING, CONFLICT (to be tried again) when the server was
 * promoted or replaced meanwhile.
 */
export async function logicalDump(access: PostgresAccess, options: LogicalDumpOptions): Promise<LogicalDump> {
  const { targetDir, jobs, signal, onDumped } = options;
  const [before, names] = await withConnection(access, { signal }, async (query) => {
    const rows = await query<{ name: string; bytes: number }>(
      `select datname as name, pg_database_size(oid)::float8 as bytes
       from pg_database where datallowconn and not datistemplate order by datname`,
    );
    return [await readStatus(query), rows] as const;
  });
  const databases = names.map(({ name }, place) => ({ database: name, file: dumpName(name, place) }));
  const sizes = new Map(databases.map(({ file }, place) => [file, names[place]?.bytes ?? 0]));
  const dumped = new Set<string>();
  await dump(access, options, 'pg_dumpall', ['--globals-only', `--file=${join(targetDir, globalsFile)}`], 'postgres');
  const waiting = [...databases];
  const done = { databases: 0, of: databases.length, sizeBytes: 0 };
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const path = join(targetDir, next.file);
      await dump(access, options, 'pg_dump', ['--format=custom', `--file=${path}`], next.database);
      dumped.add(next.file);
      done.databases += 1;
      done.sizeBytes += (await stat(path)).size;
      onDumped?.({ ...done });
    }
  };
  const watch = setInterval(() => void tell(targetDir, sizes, dumped, options.onProgress), progressEveryMs);
  const outcomes = await Promise.allSettled(Array.from({ length: jobs }, worker));
  clearInterval(watch);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  await writeFile(join(targetDir, databasesFile), `${JSON.stringify(databases)}\n`, { mode: 0o600 });
  const after = await withConnection(access, { signal }, readStatus);
  requireSameHistory(before, after);
  return {
    systemIdentifier: before.systemIdentifier,
    timeline: before.timeline,
    startedAt: before.serverTime,
    completedAt: after.serverTime,
    serverVersion: after.version,
    databases,
    files: [globalsFile, databasesFile, ...databases.map(({ file }) => file)],
  };
}

/** Databases of two histories are no backup of one server. */
function requireSameHistory(before: PostgresStatus, after: PostgresStatus): void {
  const [was, is] = [before, after].map((one) => `system ${one.systemIdentifier} on timeline ${one.timeline}`);
  if (was === is) return;
  throw new DrError('CONFLICT', `what was dumped began as ${was} and ended as ${is}`, { retryable: true });
}

async function tell(
  folder: string,
  sizes: ReadonlyMap<string, number>,
  dumped: ReadonlySet<string>,
  onProgress: LogicalDumpOptions['onProgress'],
): Promise<void> {
  let doneBytes = 0;
  for (const [file, bytes] of sizes) {
    const written = dumped.has(file) ? bytes : ((await stat(join(folder, file)).catch(() => undefined))?.size ?? 0);
    doneBytes += Math.min(written, bytes);
  }
  onProgress?.({ doneBytes, totalBytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) });
}

/** A name that is also a key of a store, whatever the database is called. */
function dumpName(database: string, place: number): string {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/u.test(database) ? `${database}.dump` : `database-${place}.dump`;
}

async function dump(
  { host, port, user, password }: PostgresAccess,
  { binDir, timeoutMs = dayMs, runAs, signal }: LogicalDumpOptions,
  program: 'pg_dump' | 'pg_dumpall',
  words: readonly string[],
  database: string,
): Promise<void> {
  const target = conninfo({ host, port, user, dbname: database, application_name: 'novacron-dr-backup' });
  await runCommand({
    program: join(binDir, program),
    args: [...words, '--no-password', '-d', target],
    cwd: '/',
    env: { PGPASSWORD: password },
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
    ...(runAs === undefined ? {} : { runAs }),
  });
}
