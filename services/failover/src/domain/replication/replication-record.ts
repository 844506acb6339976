import { type BranchPoint, compareLsn, type Lsn, lsnDiffBytes } from '@novacron/drivers';
import { durationWords, listWords } from '../words.js';
import { type WalSample, withSample } from './wal-samples.js';

/** A heartbeat that was seen committed. */
export interface HeartbeatSeen {
  readonly seq: number;
  /** RFC 3339, by the primary's clock. */
  readonly at: string;
}

/** What a server that takes over is held against. */
export interface ServerSeen {
  readonly version: number;
  readonly maxConnections: number;
}

/** What one look at a primary says about its replication. */
export interface ReplicationLook {
  readonly epoch: number;
  readonly site: string;
  readonly atMs: number;
  readonly lsn: Lsn;
  readonly rows: number;
  readonly timeline: number;
  /** The timelines before it; absent: its history could not be read. */
  readonly history?: readonly BranchPoint[];
  readonly systemIdentifier: string;
  /** The names in `synchronous_standby_names` for which every commit waits. */
  readonly setting: readonly string[];
  /** Who receives, and how far each has confirmed. */
  readonly links: readonly {
    readonly site: string;
    readonly streaming: boolean;
    readonly synchronous: boolean;
    readonly flushLsn: Lsn | null;
  }[];
  /** Commits that wait for a synchronous standby now. */
  readonly waitingCommits: number;
  /** The last committed heartbeat; absent: there was never one. */
  readonly heartbeat?: HeartbeatSeen;
  readonly server: ServerSeen;
  /** The write guard that renews this server's lease now. */
  readonly leaseKeeper?: string;
}

/** Commits no longer wait for standbys that the estate calls synchronous. */
export interface Degradation {
  readonly sinceMs: number;
  readonly lost: readonly string[];
  /** By our own policy: then we restore it too. Otherwise somebody changed the setting, and it is theirs. */
  readonly byPolicy: boolean;
  /** Commits were seen to go on without them; until then it is only intended. */
  readonly released: boolean;
  readonly reason: string;
}

/**
 * What is remembered of a database's replication while one site is its primary. Outlives every process, so that whoever
 * decides a failover knows what the primary, which cannot be asked any more, had promised.
 */
export interface ReplicationRecord {
  readonly epoch: number;
  readonly site: string;
  readonly timeline: number;
  readonly history?: readonly BranchPoint[];
  readonly systemIdentifier: string;
  readonly samples: readonly WalSample[];
  readonly heartbeat?: HeartbeatSeen;
  readonly server?: ServerSeen;
  readonly setting: readonly string[];
  /** From where on commits wait as the setting says. */
  readonly settingFrom: Lsn;
  /** Standbys that have confirmed everything up to there: nothing acknowledged can be missing on them while the setting stands. */
  readonly synchronous: readonly string[];
  readonly flushed: Readonly<Record<string, Lsn>>;
  /** Since when commits are, or would be, held by standbys that are gone. */
  readonly heldSinceMs?: number;
  readonly heldBy: readonly string[];
  /** Looks in a row at which every lost standby had caught up again. */
  readonly backFor: number;
  readonly degraded?: Degradation;
  /** The write guard that renewed the server's lease when the server was last seen. */
  readonly leaseKeeper?: string;
  /** Since when the primary has not answered whoever looks. */
  readonly unansweredSinceMs?: number;
}

export interface ReplicationPolicy {
  /** The standbys that the estate calls synchronous while this site is the primary. */
  readonly wanted: readonly string[];
  /** Undefined: commits are held until the standby is back. */
  readonly degradeAfterMs: number | undefined;
}

export type ReplicationChange =
  | {
      readonly kind: 'degrade';
      readonly lost: readonly string[];
      readonly remaining: readonly string[];
      readonly reason: string;
    }
  | { readonly kind: 'restore'; readonly names: readonly string[] };

/** A standby this close behind can be waited for without holding up anybody, bytes. */
const closeBytes = 1_048_576n;
/** So many looks in a row, so that a standby that comes and goes is not waited for each time. */
const steadyLooks = 3;

/**
 * What is remembered after one more look, and what policy asks to be done now. A standby is lost when it does not stream, or
 * when commits wait and its confirmed position stands still: a frozen server keeps its connection for a minute.
 */
export function afterLook(
  before: ReplicationRecord | undefined,
  look: ReplicationLook,
  policy: ReplicationPolicy,
): { readonly record: ReplicationRecord; readonly change?: ReplicationChange } {
  const known = before?.epoch === look.epoch && before.site === look.site ? before : undefined;
  const sameSetting = known !== undefined && sameNames(known.setting, look.setting);
  const settingFrom = sameSetting ? known.settingFrom : look.lsn;
  const heldBy = look.setting.filter((name) => isLost(name, look, known));
  const missing = policy.wanted.filter((name) => !look.setting.includes(name));
  const back = missing.length > 0 && missing.every((name) => isBack(name, look));
  const synchronous = look.setting.filter(
    (name) => (sameSetting && known.synchronous.includes(name)) || hasConfirmed(name, look, settingFrom),
  );
  const degraded = degradationAfter(known, missing, synchronous, look);
  const record: ReplicationRecord = {
    ...{ epoch: look.epoch, site: look.site, timeline: look.timeline, systemIdentifier: look.systemIdentifier },
    samples: withSample(known?.samples ?? [], { atMs: look.atMs, lsn: look.lsn, rows: look.rows }),
    ...{ setting: look.setting, settingFrom, heldBy, backFor: back ? (known?.backFor ?? 0) + 1 : 0 },
    ...{ synchronous, server: look.server },
    flushed: Object.fromEntries(
      look.links.flatMap(({ site, flushLsn }) => (flushLsn === null ? [] : [[site, flushLsn]])),
    ),
    ...(look.history === undefined ? {} : { history: look.history }),
    ...(heldBy.length === 0 ? {} : { heldSinceMs: Math.min(known?.heldSinceMs ?? look.atMs, look.atMs) }),
    ...(look.heartbeat === undefined ? {} : { heartbeat: look.heartbeat }),
    ...(look.leaseKeeper === undefined ? {} : { leaseKeeper: look.leaseKeeper }),
    ...(degraded === undefined ? {} : { degraded }),
  };
  const change = changeFor(record, look, policy);
  return change === undefined ? { record } : { record, change };
}

function changeFor(
  record: ReplicationRecord,
  look: ReplicationLook,
  { wanted, degradeAfterMs }: ReplicationPolicy,
): ReplicationChange | undefined {
  const { heldSinceMs, heldBy, degraded, backFor } = record;
  if (heldSinceMs !== undefined && degradeAfterMs !== undefined && look.atMs - heldSinceMs >= degradeAfterMs) {
    const reason = `${listWords(heldBy)} has not confirmed for ${durationWords(look.atMs - heldSinceMs)}; policy holds commits for ${durationWords(degradeAfterMs)}`;
    return { kind: 'degrade', lost: heldBy, remaining: look.setting.filter((name) => !heldBy.includes(name)), reason };
  }
  if (degraded?.byPolicy === true && backFor >= steadyLooks) return { kind: 'restore', names: wanted };
  return undefined;
}

/** Remembered before the primary is told: from here on rows may be lost, whether the change takes or not. */
export function remembered(
  record: ReplicationRecord,
  lost: readonly string[],
  reason: string,
  nowMs: number,
): ReplicationRecord {
  const synchronous = record.synchronous.filter((name) => !lost.includes(name));
  const { sinceMs = nowMs, lost: earlier = [], released = false } = record.degraded ?? {};
  const all = [...new Set([...earlier, ...lost])];
  return { ...record, synchronous, degraded: { sinceMs, lost: all, byPolicy: true, released, reason } };
}

function degradationAfter(
  known: ReplicationRecord | undefined,
  missing: readonly string[],
  synchronous: readonly string[],
  look: ReplicationLook,
): Degradation | undefined {
  const before = known?.degraded;
  if (before === undefined) {
    if (missing.length === 0) return undefined;
    const reason = `not every commit of ${look.site} waits for ${listWords(missing)}, which the estate calls synchronous`;
    return { sinceMs: look.atMs, lost: missing, byPolicy: false, released: true, reason };
  }
  // What was remembered stays until every standby is waited for again, and has confirmed.
  const isWhole =
    missing.length === 0 && before.lost.every((name) => !look.setting.includes(name) || synchronous.includes(name));
  if (isWhole) return undefined;
  return { ...before, released: before.released || before.lost.some((name) => !look.setting.includes(name)) };
}

function isLost(name: string, look: ReplicationLook, known: ReplicationRecord | undefined): boolean {
  const link = look.links.find(({ site }) => site === name);
  if (link === undefined || !link.streaming) return true;
  const stands = link.flushLsn !== null && known?.flushed[name] === link.flushLsn;
  return look.waitingCommits > 0 && stands && compareLsn(link.flushLsn, look.lsn) < 0;
}

function isBack(name: string, look: ReplicationLook): boolean {
  const link = look.links.find(({ site }) => site === name);
  if (link === undefined || !link.streaming || link.flushLsn === null) return false;
  return lsnDiffBytes(look.lsn, link.flushLsn) <= closeBytes;
}

function hasConfirmed(name: string, look: ReplicationLook, from: Lsn): boolean {
  const link = look.links.find(({ site }) => site === name);
  return (
    link !== undefined &&
    link.streaming &&
    link.synchronous &&
    link.flushLsn !== null &&
    compareLsn(link.flushLsn, from) >= 0
  );
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
