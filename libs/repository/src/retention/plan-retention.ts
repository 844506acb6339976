import type { CatalogEntry } from '../catalog/catalog.js';
import type { Chunk } from '../wal/chunk-key.js';
import type { WalIndex } from '../wal/coverage.js';
import { parseLsn } from '../wal/lsn.js';
import { segmentAt } from '../wal/segment.js';
import type { RetentionPolicy } from './retention-policy.js';
import { isDatedAhead, type StoreView, unsoundBackups } from './soundness.js';

export interface Verdict {
  readonly backupId: string;
  readonly reason: string;
}

export interface RetentionPlan {
  /** RFC 3339: every moment from here on that can be restored now stays so. Absent when nothing counts yet. */
  readonly cutoff?: string;
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
 * from which its beginning is reached, and as many verified ones as policy asks for; all parents of those, and what is held.
 */
export function planRetention(
  view: StoreView,
  indexes: ReadonlyMap<string, WalIndex>,
  policy: RetentionPolicy,
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
  for (const component of componentsOf(trusted))
    keepComponent({ view, trusted, sound, policy, cutoffMs, keep }, component);
  for (const backupId of policy.holds) if (trusted.some((one) => one.backupId === backupId)) keep(backupId, 'is held');
  keepParents(trusted, kept, keep);
  return {
    cutoff: new Date(cutoffMs).toISOString(),
    expire: trusted
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

function keepComponent({ view, trusted, sound, policy, cutoffMs, keep }: Keeping, component: string): void {
  const own = newestFirst(sound, component);
  const young = own.filter((entry) => completedMs(entry, component) >= cutoffMs);
  const older = own.filter((entry) => completedMs(entry, component) < cutoffMs);
  for (const { backupId } of young) keep(backupId, 'is within the time that policy keeps');
  const reaches = view.windows.windows.filter(
    (window) =>
      window.component === component && Date.parse(window.earliest) < cutoffMs && cutoffMs <= Date.parse(window.latest),
  );
  const anchor = older.find(({ backupId }) => reaches.some((window) => window.backupId === backupId)) ?? older[0];
  if (anchor !== undefined) keep(anchor.backupId, 'reaches the beginning of the time that policy keeps');
  for (const { backupId } of own.slice(0, policy.minimumVerified))
    keep(backupId, 'is one of the least number of verified ones');
  const tooFew = own.length < policy.minimumVerified;
  for (const entry of newestFirst(trusted, component).filter((one) => !own.includes(one))) {
    if (tooFew) keep(entry.backupId, `there are too few verified backups of ${component}`);
    else if (completedMs(entry, component) >= cutoffMs) keep(entry.backupId, 'is within the time that policy keeps');
    else if (isDatedAhead(entry, view)) keep(entry.backupId, 'is dated in the future');
  }
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

function componentsOf(entries: readonly CatalogEntry[]): string[] {
  return [...new Set(entries.flatMap(({ manifest }) => manifest?.components.map(({ component }) => component) ?? []))];
}

function newestFirst(entries: readonly CatalogEntry[], component: string): CatalogEntry[] {
  return entries
    .filter(({ manifest }) => manifest?.components.some((one) => one.component === component))
    .toSorted((a, b) => completedMs(b, component) - completedMs(a, component));
}

function completedMs({ manifest }: CatalogEntry, component: string): number {
  return Date.parse(manifest?.components.find((one) => one.component === component)?.completedAt ?? '');
}
