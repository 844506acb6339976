import { type Database, DrError, type Site, type TargetRequirements } from '@novacron/contracts';
import { compareLsn, descent, type PostgresMember, type PostgresStatus } from '@novacron/drivers';
import { lineageOf } from '../domain/replication/lineage.js';
import type { ReplicationRecord } from '../domain/replication/replication-record.js';
import { lossAt } from '../domain/replication/wal-samples.js';
import type { StandbyView } from '../domain/verdict/standby-view.js';
import type { DatabaseTarget } from './failover-targets.js';
import { lookAtTarget } from './target-fitness.js';

/** Long enough to see WAL move on a primary that lives, short enough not to be felt in a failover. */
const quickLookMs = 150;
/** A primary that refuses us is dead or restarting; one that is silent may only be slow, and deserves patience. */
const patientLookMs = 2_000;
const callTimeoutMs = 1_000;
const lookEveryMs = 100;

/** What is asked of the databases before a decision: what the standbys receive, and whether the lost primary answers us. */
export interface DatabaseEvidence {
  readonly standbys: readonly StandbyView[];
  readonly primary: 'answers' | 'refuses' | 'silent';
}

/** What is known beside the servers: the sites, what was remembered of replication in this epoch, how often that was looked at. */
export interface Known {
  readonly sites: readonly Site[];
  readonly record: ReplicationRecord | undefined;
  readonly intervalMs: number;
  /** Up to when the lost primary may have written, milliseconds of the epoch. */
  readonly aliveUntilMs: number;
  /** What the estate asks of a site that takes over. */
  readonly requirements?: TargetRequirements;
}

/** Looks at one database from here: an eye that is not among the vantages. */
export async function lookAtDatabase(
  { settings, members }: DatabaseTarget,
  lost: string,
  known: Known,
): Promise<DatabaseEvidence> {
  const others = [...members.values()].filter((member) => member.name !== lost);
  const [primary, ...found] = await Promise.all([
    lookAtLost(members.get(lost), callTimeoutMs),
    ...others.map((member) => lookAtStandby(member, lost, settings, known, quickLookMs)),
  ]);
  if (primary !== 'silent' || found.some(({ dataFlowing }) => dataFlowing)) return { standbys: found, primary };
  // Load alone can make a site look lost: before it is believed, it gets the time that a busy server needs.
  const [again, ...standbys] = await Promise.all([
    lookAtLost(members.get(lost), patientLookMs),
    ...others.map((member) => lookAtStandby(member, lost, settings, known, patientLookMs)),
  ]);
  return { standbys, primary: again };
}

async function lookAtStandby(
  member: PostgresMember,
  lost: string,
  settings: Database,
  known: Known,
  patienceMs: number,
): Promise<StandbyView> {
  const site = known.sites.find(({ name }) => name === member.name);
  const policy = settings.members.find((item) => item.site === member.name);
  const { record } = known;
  const capacity = capacityPercentOf(site?.capacity);
  const base: StandbyView = {
    ...{ site: member.name, reachable: false, promotable: policy?.promotable ?? true },
    ...{ inRecovery: false, dataFlowing: false, synchronous: record?.synchronous.includes(member.name) ?? false },
    ...(site?.region === undefined ? {} : { region: site.region }),
    ...(site === undefined ? {} : { role: site.role }),
    ...(capacity === undefined ? {} : { capacityPercent: capacity }),
    ...(policy?.priority === undefined ? {} : { priority: policy.priority }),
  };
  try {
    const standbys = settings.members.filter((item) => item.site !== member.name && item.site !== lost).length;
    const [{ status, line }, damaged, fitness] = await Promise.all([
      member.statusWithLine({ timeoutMs: callTimeoutMs }),
      checksumFailures(member).catch(() => 0),
      lookAtTarget(member, known.requirements, { ...record?.server, standbys }, { timeoutMs: callTimeoutMs }).catch(
        () => undefined,
      ),
    ]);
    const flowing = receivesFrom(status, lost, settings) && (await positionMoves(member, status.position, patienceMs));
    const { fork, position = status.position } = record === undefined ? {} : descent(lineageOf(record), line);
    const loss = record === undefined || position === null ? undefined : lossAt(record.samples, position, known);
    const problem = problemOf(status, { damagedPages: damaged, fork }, record);
    return {
      ...base,
      ...{ reachable: true, inRecovery: status.inRecovery, dataFlowing: flowing },
      ...(position === null ? {} : { position }),
      ...(loss === undefined ? {} : { loss }),
      ...(problem === undefined ? {} : { problem }),
      ...(fitness === undefined || fitness.short.length === 0 ? {} : { short: fitness.short }),
    };
  } catch {
    return base;
  }
}

function receivesFrom(status: PostgresStatus, lost: string, { members }: Database): boolean {
  const from = members.find(
    ({ host, port }) => status.receivesFrom?.host === host && status.receivesFrom.port === port,
  );
  return status.walReceiverStatus === 'streaming' && from?.site === lost;
}

/** What keeps a standby that answers from being promoted. */
function problemOf(
  status: PostgresStatus,
  { damagedPages, fork }: { readonly damagedPages: number; readonly fork: string | undefined },
  record: ReplicationRecord | undefined,
): string | undefined {
  if (record !== undefined && record.systemIdentifier !== status.systemIdentifier)
    return 'belongs to another database system';
  if (fork !== undefined) return fork;
  if (damagedPages > 0) return `has found ${damagedPages} damaged pages in its data`;
  const { replayPaused, replayLsn, position } = status;
  if (replayPaused && (replayLsn === null || position === null || compareLsn(replayLsn, position) < 0))
    return 'has paused replay with WAL pending';
  return undefined;
}

async function checksumFailures(member: PostgresMember): Promise<number> {
  const sql = 'select coalesce(sum(checksum_failures), 0)::int as failures from pg_stat_database';
  const [row] = await member.query<{ failures: number }>(sql, [], { timeoutMs: callTimeoutMs });
  return row?.failures ?? 0;
}

async function positionMoves(member: PostgresMember, before: string | null, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const leftMs = deadline - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookEveryMs, Math.max(1, leftMs))));
    const after = await member.status({ timeoutMs: callTimeoutMs });
    if (after.walReceiverStatus !== 'streaming') return false;
    if (after.position !== before) return true;
    if (performance.now() >= deadline) return false;
  }
}

async function lookAtLost(member: PostgresMember | undefined, timeoutMs: number): Promise<DatabaseEvidence['primary']> {
  if (member === undefined) return 'refuses';
  try {
    return (await member.status({ timeoutMs })).inRecovery ? 'refuses' : 'answers';
  } catch (error) {
    return DrError.from(error).code === 'TIMEOUT' ? 'silent' : 'refuses';
  }
}

/** `50 %` is 50; what is no percentage says nothing. */
export function capacityPercentOf(capacity: string | undefined): number | undefined {
  const amount = /^\s*(?<amount>\d+(?:\.\d+)?)\s*%\s*$/u.exec(capacity ?? '')?.groups?.['amount'];
  return amount === undefined ? undefined : Number(amount);
}
