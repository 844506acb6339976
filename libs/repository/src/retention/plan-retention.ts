import type { CatalogEntry } from '../catalog/catalog.js';
import type { Chunk } from '../wal/chunk-key.js';
import type { WalIndex } from '../wal/coverage.js';
import { parseLsn } from '../wal/lsn.js';
import { segmentAt } from '../wal/segment.js';
import { countedIn, type CountedUnit, countedUnits, standsAlone } from './counted-unit.js';
import type { RetentionPolicy } from './retention-policy.js';
import { isDatedAhead, type StoreView, unsoundBackups } from './soundness.js';

export interface Verdict {
  readonly backupId: string;
  readonly reason: string;
}

export interface RetentionPlan {
  /** RFC 3339: every moment from here on that can be restored now stays so. Absent when nothing counts yet. */
  readonly cutoff?: string;
  /** What builds on others comes before them: a removal that ends early leaves no backup without what it needs. */
  readonly expire: readonly Verdict[];
  readonly keep: readonly Verdict[];
  /** Neither counted nor removed: their manifests cannot be trusted, which a human has to look at. */
  readonly untouched: readonly Verdict[];
  /** WAL that no backup which stays can use. History files are never among it. */
  readonly wal: readonly Chunk[];
}

/**
 * What may go. Age is counted back from the newest backup that counts, never from the clock alone: when backups stop, or
 * a clock leaps ahead, nothing grows old. Of each component stay: every backup within the policy's time, the one before it
 * from which its beginning is reached, and as many verified ones as policy asks for; what is held, and what the store has
 * locked (why, by id); all parents of those, and the WAL from the first of them on.
 */
export function planRetention(
  view: StoreView,
  indexes: ReadonlyMap<string, WalIndex>,
  policy: RetentionPolicy,
  locked: ReadonlyMap<string, string> = new Map(),
): RetentionPlan {
  const unsound = unsoundBackups(view);
  const trusted = view.entries.filter(({ manifest }) => manifest !== undefined);
  const sound = trusted.filter(({ backupId }) => !unsound.has(backupId));
  const untouched = view.entries
    .filter(({ manifest }) => manifest === undefined)
    .map(({ backupId }) => ({ backupId, reason: unsound.get(backupId) ?? 'unknown' }));
  if (sound.length === 0) {
    const keep = trusted.map(({ backupId }) => ({ backupId, reason: unsound.get(backupId) ?? 'unknown' }));
    return { expire: [], keep, untouched, wal: [] };
  }
  const newest = Math.max(...sound.map(({ manifest }) => Date.parse(manifest?.completedAt ?? '')));
  const cutoffMs = Math.min(view.now.getTime(), newest) - policy.keepForMs;
  const kept = new Map<string, string>();
  const keep = (backupId: string, reason: string): void => {
    if (!kept.has(backupId)) kept.set(backupId, reason);
  };
  for (const unit of countedUnits(trusted.flatMap(({ manifest }) => manifest ?? [])))
    keepUnit({ view, trusted, sound, policy, cutoffMs, keep }, unit);
  for (const backupId of policy.holds) if (trusted.some((one) => one.backupId === backupId)) keep(backupId, 'is held');
  for (const [backupId, problem] of locked) keep(backupId, `is held by the store: ${problem}`);
  keepParents(trusted, kept, keep);
  return {
    cutoff: new Date(cutoffMs).toISOString(),
    expire: childrenFirst(trusted)
      .filter(({ backupId }) => !kept.has(backupId))
      .map(({ backupId }) => ({ backupId, reason: unsound.get(backupId) ?? 'is older than policy asks for' })),
    keep: [...kept].map(([backupId, reason]) => ({ backupId, reason })),
    untouched,
    wal: [...indexes.values()].flatMap((index) => expiredWal(index, trusted, kept, cutoffMs)),
  };
}

interface Keeping {
  readonly view: StoreView;
  readonly trusted: readonly CatalogEntry[];
  readonly sound: readonly CatalogEntry[];
  readonly policy: RetentionPolicy;
  readonly cutoffMs: number;
  readonly keep: (backupId: string, reason: string) => void;
}

function keepUnit({ view, trusted, sound, policy, cutoffMs, keep }: Keeping, unit: CountedUnit): void {
  const own = newestFirst(sound, unit);
  const young = own.filter((entry) => completedMs(entry, unit) >= cutoffMs);
  for (const { backupId } of young) keep(backupId, 'is within the time that policy keeps');
  const older = own.slice(young.length);
  if (unit.kind === 'postgres-incremental') {
    const reaching = reachingOf(older, view, unit, cutoffMs);
    const whole: CountedUnit = { component: unit.component, kind: 'postgres-physical' };
    const wholeOne = reachingOf(newestFirst(sound, whole), view, whole, cutoffMs);
    // Where a whole copy is nearer, nothing has to stay for it.
    const wholeMs = wholeOne === undefined ? Number.NEGATIVE_INFINITY : completedMs(wholeOne, whole);
    if (reaching !== undefined && completedMs(reaching, unit) > wholeMs)
      keep(reaching.backupId, 'reaches the beginning of the time that policy keeps');
  }
  if (standsAlone(unit)) {
    const anchor = reachingOf(older, view, unit, cutoffMs) ?? older[0];
    if (anchor !== undefined) keep(anchor.backupId, 'reaches the beginning of the time that policy keeps');
    for (const { backupId } of own.slice(0, policy.minimumVerified))
      keep(backupId, 'is one of the least number of verified ones');
  }
  const tooFew = standsAlone(unit) && own.length < policy.minimumVerified;
  for (const entry of newestFirst(trusted, unit).filter((one) => !own.includes(one))) {
    if (tooFew) keep(entry.backupId, `there are too few verified backups of ${unit.component}`);
    else if (completedMs(entry, unit) >= cutoffMs) keep(entry.backupId, 'is within the time that policy keeps');
    else if (isDatedAhead(entry, view)) keep(entry.backupId, 'is dated in the future');
  }
}

/** The newest before the cutoff whose WAL leads up to it. */
function reachingOf(
  older: readonly CatalogEntry[],
  { windows: { windows } }: StoreView,
  { component }: CountedUnit,
  cutoffMs: number,
): CatalogEntry | undefined {
  const reaching = windows.filter(
    (window) =>
      window.component === component && Date.parse(window.earliest) < cutoffMs && cutoffMs <= Date.parse(window.latest),
  );
  return older.find(({ backupId }) => reaching.some((window) => window.backupId === backupId));
}

function keepParents(
  trusted: readonly CatalogEntry[],
  kept: ReadonlyMap<string, string>,
  keep: (backupId: string, reason: string) => void,
): void {
  const byId = new Map(trusted.map(({ backupId, manifest }) => [backupId, manifest]));
  for (const backupId of [...kept.keys()]) {
    let child = backupId;
    for (;;) {
      const parent = byId.get(child)?.parentBackupId;
      if (parent === undefined || !byId.has(parent) || parent === child) break;
      const known = kept.has(parent);
      keep(parent, `${child} needs it`);
      if (known) break;
      child = parent;
    }
  }
}

function childrenFirst(trusted: readonly CatalogEntry[]): CatalogEntry[] {
  const parents = new Map(trusted.map(({ backupId, manifest }) => [backupId, manifest?.parentBackupId]));
  const depths = new Map(trusted.map(({ backupId }) => [backupId, depthOf(backupId, parents)]));
  return trusted.toSorted((a, b) => (depths.get(b.backupId) ?? 0) - (depths.get(a.backupId) ?? 0));
}

/** How many backups one builds on. */
function depthOf(backupId: string, parents: ReadonlyMap<string, string | undefined>): number {
  const seen = new Set<string>();
  for (let one = parents.get(backupId); one !== undefined && !seen.has(one); one = parents.get(one)) seen.add(one);
  return seen.size;
}

/** Whole segments before the first that a backup which stays begins in. */
function expiredWal(
  index: WalIndex,
  trusted: readonly CatalogEntry[],
  kept: ReadonlyMap<string, string>,
  cutoffMs: number,
): Chunk[] {
  const starts = trusted
    .filter(({ backupId }) => kept.has(backupId))
    .flatMap(({ manifest }) => manifest?.components ?? [])
    .filter(({ systemId, startLsn }) => systemId === index.systemId && startLsn !== undefined)
    .map(({ startLsn }) => parseLsn(startLsn ?? '0/0'));
  if (starts.length > 0) {
    const first = segmentAt(
      starts.reduce((a, b) => (a < b ? a : b)),
      index.segmentSizeBytes,
    );
    return index.chunks.filter(({ number }) => number < first);
  }
  // A system that no backup begins in any more: its WAL goes once all of it is older than what is kept of others.
  const times = index.chunks.flatMap(({ lastCommitAtMs }) => lastCommitAtMs ?? []);
  return times.length > 0 && Math.max(...times) < cutoffMs ? [...index.chunks] : [];
}

function newestFirst(entries: readonly CatalogEntry[], unit: CountedUnit): CatalogEntry[] {
  return entries
    .filter(({ manifest }) => countedIn(manifest, unit) !== undefined)
    .toSorted((a, b) => completedMs(b, unit) - completedMs(a, unit));
}

function completedMs({ manifest }: CatalogEntry, unit: CountedUnit): number {
  return Date.parse(countedIn(manifest, unit)?.completedAt ?? '');
}
