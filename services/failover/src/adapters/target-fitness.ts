import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { durationMs, type TargetRequirements } from '@novacron/contracts';
import { type CallOptions, type Lsn, lsnDiffBytes, type PostgresMember } from '@novacron/drivers';
import { type Limits, type Reference, shortfalls, type TargetFacts, unknowns } from '../domain/fitness/shortfalls.js';

/** How fit a server is to be promoted, and what it is short of. */
export interface Fitness {
  readonly facts: TargetFacts;
  readonly short: readonly string[];
  /** What nobody could tell, in words. */
  readonly unknown: readonly string[];
}

/** For an agent's word, where the caller sets no limit. */
const agentTimeoutMs = 2_000;

interface FactsRow extends Record<string, unknown> {
  readonly connections: number;
  readonly senders: number;
  readonly slots: number;
  readonly version: number;
  readonly now_ms: number;
  readonly received: Lsn | null;
  readonly replayed: Lsn | null;
}

const factsSql = `
  select current_setting('max_connections')::int as connections,
    current_setting('max_wal_senders')::int - (select count(*)::int from pg_stat_replication) as senders,
    current_setting('max_replication_slots')::int - (select count(*)::int from pg_replication_slots) as slots,
    current_setting('server_version_num')::int as version,
    (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms,
    pg_last_wal_receive_lsn()::text as received, pg_last_wal_replay_lsn()::text as replayed`;

/** Asks a server that may be promoted what it has. Changes nothing. @throws DrError UNREACHABLE, TIMEOUT. */
export async function lookAtTarget(
  member: PostgresMember,
  requirements: TargetRequirements | undefined,
  reference: Reference,
  call: CallOptions,
): Promise<Fitness> {
  const askedAtMs = Date.now();
  const [[row], freeBytes] = await Promise.all([member.query<FactsRow>(factsSql, [], call), freeBytesOf(member, call)]);
  // Half of what the question took is the way there, as far as anybody can tell.
  const oursMs = (askedAtMs + Date.now()) / 2;
  const { received = null, replayed = null } = row ?? {};
  const facts: TargetFacts = {
    ...{ maxConnections: row?.connections ?? 0, freeSenders: row?.senders ?? 0, freeSlots: row?.slots ?? 0 },
    ...{ version: row?.version ?? 0, clockOffsetMs: Math.round((row?.now_ms ?? oursMs) - oursMs) },
    replayBytes: received === null || replayed === null ? 0 : Math.max(0, Number(lsnDiffBytes(received, replayed))),
    ...(freeBytes === undefined ? {} : { freeBytes }),
  };
  return { facts, short: shortfalls(facts, limitsOf(requirements), reference), unknown: unknowns(facts) };
}

function limitsOf({ maximumClockOffset, ...limits }: TargetRequirements = {}): Limits {
  return {
    ...limits,
    ...(maximumClockOffset === undefined ? {} : { maximumClockOffsetMs: durationMs(maximumClockOffset) }),
  };
}

/** Free where data and WAL stand: looked up here, where they are within reach, and else by the agent that is there. */
async function freeBytesOf(
  { options }: PostgresMember,
  { signal, timeoutMs }: CallOptions,
): Promise<number | undefined> {
  const { dataDir, control } = options;
  const here = dataDir === undefined ? undefined : await freeHere(dataDir);
  if (here !== undefined || control?.freeBytes === undefined) return here;
  const limit = AbortSignal.timeout(timeoutMs ?? agentTimeoutMs);
  return control.freeBytes(signal === undefined ? limit : AbortSignal.any([signal, limit])).catch(() => undefined);
}

/** What an ordinary user may still fill; undefined where neither folder is within reach. */
async function freeHere(dataDir: string): Promise<number | undefined> {
  const found = await Promise.all(
    [dataDir, join(dataDir, 'pg_wal')].map((path) =>
      statfs(path).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => undefined,
      ),
    ),
  );
  const known = found.filter((bytes) => bytes !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
