import type { ObjectInfo } from '@novacron/contracts';
import { backupState } from '../catalog/backup-state.js';
import type { CatalogEntry } from '../catalog/catalog.js';
import { manifestKey } from '../catalog/layout.js';
import type { RecoveryWindows } from '../catalog/recovery-window.js';
import { objectsOf } from '../manifest/backup-manifest.js';

/** What a store holds, as one look at it showed. */
export interface StoreView {
  readonly entries: readonly CatalogEntry[];
  /** Everything under `backups/`, by key. */
  readonly objects: ReadonlyMap<string, ObjectInfo>;
  readonly windows: RecoveryWindows;
  /** Our clock. */
  readonly now: Date;
}

/** Clocks of servers, stores and ours may differ by so much. */
const clockToleranceMs = 3_600_000;

/**
 * Why each backup does not count, by id: only one that was verified, is whole now, whose parents count and whose WAL is there
 * may take the place of another. What anybody can put into a store (garbage, old manifests, dates to come) never counts, so
 * it pushes nothing out.
 */
export function unsoundBackups(view: StoreView): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  const unusable = new Map(view.windows.unusable.map(({ path, problem }) => [path, problem]));
  for (const entry of view.entries) {
    const reason = ownReason(entry, view) ?? unusable.get(entry.backupId);
    if (reason !== undefined) reasons.set(entry.backupId, reason);
  }
  const byId = new Map(view.entries.map((entry) => [entry.backupId, entry]));
  const chainReason = (entry: CatalogEntry, seen: ReadonlySet<string>): string | undefined => {
    const parent = entry.manifest?.parentBackupId;
    if (parent === undefined) return undefined;
    const before = byId.get(parent);
    if (before === undefined || seen.has(parent)) return `its parent ${parent} is not there`;
    const reason = reasons.get(parent);
    if (reason !== undefined) return `its parent ${parent}: ${reason}`;
    return chainReason(before, new Set([...seen, parent]));
  };
  for (const entry of view.entries) {
    if (reasons.has(entry.backupId)) continue;
    const reason = chainReason(entry, new Set([entry.backupId]));
    if (reason !== undefined) reasons.set(entry.backupId, reason);
  }
  return reasons;
}

/** True for a backup whose times lie ahead of our clock, or of the store's when it was stored. */
export function isDatedAhead({ manifest, backupId }: CatalogEntry, { objects, now }: StoreView): boolean {
  if (manifest === undefined) return false;
  const storedAt = Date.parse(objects.get(manifestKey(backupId))?.modifiedAt ?? now.toISOString());
  const completedAt = Date.parse(manifest.completedAt);
  return completedAt > Math.min(now.getTime(), storedAt) + clockToleranceMs;
}

function ownReason(entry: CatalogEntry, view: StoreView): string | undefined {
  const { manifest } = entry;
  if (manifest === undefined) return 'its manifest cannot be trusted';
  const state = backupState(entry);
  if (state === 'damaged') return 'it was found damaged';
  if (state === 'completed') return 'it was never verified';
  if (isDatedAhead(entry, view)) return 'it is dated in the future';
  const short = objectsOf(manifest).find(({ key, sizeBytes }) => view.objects.get(key)?.sizeBytes !== sizeBytes);
  return short === undefined ? undefined : `${short.key} is missing or has another size`;
}
