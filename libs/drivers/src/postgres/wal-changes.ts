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
  /** Where the range goes on from one that was read before: what that said. */
  readonly begunFrom?: number;
  readonly runAs?: RunAs;
  readonly signal?: AbortSignal;
}

export interface WalChanges {
  /** The first record that changes what a user would find. */
  readonly firstChange?: { readonly lsn: Lsn; readonly what: string };
  /** The last record that was read: where to go on. */
  readonly lastLsn?: Lsn;
  /** Transactions from this one on began within the range. */
  readonly begunFrom?: number;
}

/** Indexes follow their tables; the rest is bookkeeping of the server, checkpoints and hints among it. */
const bookkeeping = new Set([
  ...['XLOG', 'CLOG', 'CommitTs', 'MultiXact', 'Standby', 'ReplicationOrigin'],
  ...['Btree', 'Hash', 'Gin', 'Gist', 'SPGist', 'BRIN'],
]);
const heapChanges = /^(?:INSERT|DELETE|UPDATE|HOT_UPDATE|TRUNCATE)/u;
/** pg_statistic, its TOAST, and pg_statistic_ext_data: what autovacuum writes about data, not data. */
const statistics = new Set(['2619', '2840', '3429']);

/** What makes a transaction's rows visible, or lasting, wherever they were written; one that wrote nothing has none of these. */
const settling = /^(?:(?:COMMIT|PREPARE)\b|(?:COMMIT|ABORT)_PREPARED (?<prepared>\d+))/u;

/**
 * Whether a line of pg_waldump tells a change that a user would find. What it does not know counts as one: a change that is
 * taken for none would be missed, the other way round a backup is taken for nothing. So does the end of a transaction that may
 * have begun, and written, before the range: one that is older than `begunFrom`, or any while that is not known.
 */
export function isChange(line: string, ignored: ReadonlySet<string>, begunFrom?: number): boolean {
  const { rmgr, xid, description } = recordOf(line);
  if (rmgr === 'Transaction') {
    const settled = settling.exec(description);
    return settled !== null && !isFrom(begunFrom, Number(settled.groups?.['prepared'] ?? xid));
  }
  if (rmgr === '' || bookkeeping.has(rmgr)) return false;
  if (rmgr === 'Heap' && !heapChanges.test(description)) return false;
  if (rmgr === 'Heap2' && !description.startsWith('MULTI_INSERT')) return false;
  const relations = relationsOf(description);
  if (rmgr === 'Storage' && description.startsWith('TRUNCATE')) {
    const [, database, file] = /base\/(\d+)\/(\d+)/u.exec(description) ?? [];
    return ![...ignored].some((one) => one.endsWith(`/${database}/${file}`));
  }
  const known = relations.filter((parts) => ignored.has(parts.join('/')) || statistics.has(parts[2] ?? ''));
  return relations.length === 0 || known.length < relations.length;
}

/**
 * The oldest transaction that is known to have begun within the range, once a line more was read. What we write ourselves is a
 * statement and a transaction at once: its number is given out when it writes, so all that have a later one came after it.
 */
export function begunWith(line: string, ignored: ReadonlySet<string>, before?: number): number | undefined {
  const { rmgr, xid, description } = recordOf(line);
  if (rmgr !== 'Heap' || xid === 0 || isFrom(before, xid)) return before;
  return relationsOf(description).some((parts) => ignored.has(parts.join('/'))) ? xid : before;
}

function recordOf(line: string): { readonly rmgr: string; readonly xid: number; readonly description: string } {
  const [, rmgr = '', xid = '0', description = ''] = /^rmgr: (\S+)\s.*?\btx:\s+(\d+),.* desc: (.*)$/u.exec(line) ?? [];
  return { rmgr, xid: Number(xid), description };
}

function relationsOf(description: string): string[][] {
  return [...description.matchAll(/\brel (\d+)\/(\d+)\/(\d+)/gu)].map(([, ...parts]) => parts);
}

/** Numbers of transactions are of 32 bits and go round: whichever half lies ahead is later. */
function isFrom(oldest: number | undefined, xid: number): boolean {
  return oldest !== undefined && ((xid - oldest) | 0) >= 0;
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
  let { begunFrom } = options;
  let lastLsn: Lsn | undefined;
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    const lsn = /, lsn: ([0-9A-F]+\/[0-9A-F]+),/u.exec(line)?.[1] as Lsn | undefined;
    if (lsn === undefined) continue;
    lastLsn = lsn;
    begunFrom = begunWith(line, ignored, begunFrom);
    if (!isChange(line, ignored, begunFrom)) continue;
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
  if (code === 0)
    return { ...(lastLsn === undefined ? {} : { lastLsn }), ...(begunFrom === undefined ? {} : { begunFrom }) };
  throw new DrError('CORRUPT_OBJECT', `the WAL from ${from} to ${until} cannot be read`, {
    details: [{ path: walDir, problem: complaint.trim() }],
  });
}
