import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DrError } from '@novacron/contracts';
import { baseEnvironment, type RunAs } from '../command/run-command.js';
import { packageHint } from '../command/packages.js';
import type { Lsn } from './lsn.js';

export interface WalChangesOptions {
  readonly binDir: string;
  /** Holds every segment of the range, as the server names them. */
  readonly walDir: string;
  readonly timeline: number;
  /** Both where a record begins. */
  readonly from: Lsn;
  readonly until: Lsn;
  /** Relations whose changes are none of the user's, as `tablespace/database/filenode`. */
  readonly ignored: ReadonlySet<string>;
  readonly runAs?: RunAs;
  readonly signal?: AbortSignal;
}

export interface WalChanges {
  /** The first record that changes what a user would find. */
  readonly firstChange?: { readonly lsn: Lsn; readonly what: string };
  /** The last record that was read: where to go on. */
  readonly lastLsn?: Lsn;
}

/** Indexes follow their tables; the rest is bookkeeping of the server, checkpoints and hints among it. */
const bookkeeping = new Set([
  ...['XLOG', 'Transaction', 'CLOG', 'CommitTs', 'MultiXact', 'Standby', 'ReplicationOrigin'],
  ...['Btree', 'Hash', 'Gin', 'Gist', 'SPGist', 'BRIN'],
]);
const heapChanges = /^(?:INSERT|DELETE|UPDATE|HOT_UPDATE|TRUNCATE)/u;
/** pg_statistic, its TOAST, and pg_statistic_ext_data: what autovacuum writes about data, not data. */
const statistics = new Set(['2619', '2840', '3429']);

/**
 * Whether a line of pg_waldump tells a change that a user would find. What it does not know counts as one: a change that is
 * taken for none would be missed, the other way round a backup is taken for nothing.
 */
export function isChange(line: string, ignored: ReadonlySet<string>): boolean {
  const [, rmgr = '', description = ''] = /^rmgr: (\S+)\s.* desc: (.*)$/u.exec(line) ?? [];
  if (rmgr === '' || bookkeeping.has(rmgr)) return false;
  if (rmgr === 'Heap' && !heapChanges.test(description)) return false;
  if (rmgr === 'Heap2' && !description.startsWith('MULTI_INSERT')) return false;
  const relations = [...description.matchAll(/\brel (\d+)\/(\d+)\/(\d+)/gu)].map(([, ...parts]) => parts);
  if (rmgr === 'Storage' && description.startsWith('TRUNCATE')) {
    const [, database, file] = /base\/(\d+)\/(\d+)/u.exec(description) ?? [];
    return ![...ignored].some((one) => one.endsWith(`/${database}/${file}`));
  }
  const known = relations.filter((parts) => ignored.has(parts.join('/')) || statistics.has(parts[2] ?? ''));
  return relations.length === 0 || known.length < relations.length;
}

/**
 * Reads WAL until the first change. @throws DrError PROGRAM_MISSING, CORRUPT_OBJECT when the range cannot be read to its end.
 */
export async function walChanges(options: WalChangesOptions): Promise<WalChanges> {
  const { binDir, walDir, timeline, from, until, ignored, runAs, signal } = options;
  const words = [`--path=${walDir}`, `--timeline=${timeline}`, `--start=${from}`, `--end=${until}`];
  const child = spawn(join(binDir, 'pg_waldump'), words, {
    env: baseEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
    ...runAs,
  });
  const ended = once(child, 'close');
  ended.catch(() => undefined);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-1_000)));
  let lastLsn: Lsn | undefined;
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    const lsn = /, lsn: ([0-9A-F]+\/[0-9A-F]+),/u.exec(line)?.[1] as Lsn | undefined;
    if (lsn === undefined) continue;
    lastLsn = lsn;
    if (!isChange(line, ignored)) continue;
    child.kill('SIGKILL');
    await ended;
    return { lastLsn, firstChange: { lsn, what: line.replace(/^.* desc: /u, '').slice(0, 200) } };
  }
  const [code] = (await ended.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new DrError('PROGRAM_MISSING', 'pg_waldump is not installed', {
      hint: packageHint('pg_waldump'),
      cause: error,
    });
  })) as [number | null];
  if (code === 0) return lastLsn === undefined ? {} : { lastLsn };
  throw new DrError('CORRUPT_OBJECT', `the WAL from ${from} to ${until} cannot be read`, {
    details: [{ path: walDir, problem: complaint.trim() }],
  });
}
