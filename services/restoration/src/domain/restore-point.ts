import { DrError } from '@novacron/contracts';
import {
  type BackupManifest,
  backupState,
  type CatalogEntry,
  chooseWindow,
  incrementChain,
  type ManifestComponent,
  type RecoveryWindow,
} from '@novacron/repository';

/** From what a restore is made, and how far it goes. */
export interface RestorePoint {
  readonly store: string;
  readonly backupId: string;
  /** The timeline to recover to; absent: the backup alone, to the end of the WAL it carries. */
  readonly timeline?: number;
  /** RFC 3339, UTC; absent with a timeline: everything that is archived. */
  readonly targetTime?: string;
  /** What the archive held when the point was chosen. */
  readonly untilLsn?: string;
  /** The backup is a dump of each database, not the files of a server. */
  readonly form?: 'logical';
}

export interface RestoreWish {
  readonly component: string;
  readonly backupId?: string;
  readonly targetTime?: string;
  /** Only a logical backup has what is wanted; without a backup's name others are looked at else. */
  readonly form?: 'logical';
}

/** What one store holds. */
export interface StoreContents {
  readonly store: string;
  readonly entries: readonly CatalogEntry[];
  readonly windows: readonly RecoveryWindow[];
}

/**
 * The point a wish means in one store. A moment is reached from the newest verified backup that was consistent before it, of which all parents are sound: from
 * a later one the server would come up without a word and show rows that are too new. A backup that is named need not be
 * verified, only not be found damaged.
 * @throws DrError OUTSIDE_RECOVERY_WINDOW naming what can be reached, NOT_FOUND, CORRUPT_OBJECT.
 */
export function chooseRestorePoint({ store, entries, windows }: StoreContents, wish: RestoreWish): RestorePoint {
  const candidates = wish.backupId === undefined ? provedOf(entries, wish) : [named(entries, store, wish.backupId)];
  const kinds = kindsFor(wish);
  const sound = entries.filter((entry) => backupState(entry) !== 'damaged').flatMap(({ manifest }) => manifest ?? []);
  const ofKind = candidates.filter((manifest) => kinds.includes(componentOf(manifest, wish.component)?.kind ?? ''));
  const broken = ofKind.map((manifest) => incrementChain(sound, manifest, wish.component));
  const holding = ofKind.filter((_, place) => 'chain' in (broken[place] ?? {}));
  const [problem] = broken.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (wish.backupId !== undefined && problem !== undefined)
    throw new DrError('CORRUPT_OBJECT', `${problem}, or was found damaged`, {
      hint: 'restore another backup, or from another store',
    });
  const newest = holding.at(-1);
  if (newest === undefined) {
    const form = wish.form === undefined ? '' : `${wish.form} `;
    throw new DrError('NOT_FOUND', `${store} has no verified ${form}backup of ${wish.component}`, {
      hint: 'look with query.backup.list; a backup counts once it was verified',
    });
  }
  const { kind, completedAt } = componentOf(newest, wish.component) ?? {};
  if (kind === 'postgres-logical') {
    if (wish.targetTime !== undefined) throw noMoments(`the dump ${newest.backupId}`);
    return { store, backupId: newest.backupId, form: 'logical' };
  }
  // An increment of WAL ends at a moment: that is what is restored, from the backup that it builds on.
  if (kind === 'postgres-wal') {
    const whole = sound.filter((manifest) => 'chain' in incrementChain(sound, manifest, wish.component));
    const usable = windows.filter(({ backupId }) => isOf(whole, backupId));
    return pointAt(store, usable, wish.component, wish.targetTime ?? completedAt ?? '');
  }
  const isCache = kind === 'redis-rdb';
  if (wish.targetTime !== undefined) {
    if (isCache) throw noMoments(wish.component);
    const usable = windows.filter((window) => holding.some(({ backupId }) => backupId === window.backupId));
    return pointAt(store, usable, wish.component, wish.targetTime);
  }
  const [latest] = windows.filter(({ component, backupId }) => component === wish.component && isOf(holding, backupId));
  if (isCache || wish.backupId !== undefined || latest === undefined) return { store, backupId: newest.backupId };
  return { store, backupId: latest.backupId, timeline: latest.timeline, untilLsn: latest.untilLsn };
}

/** A backup that is named is what it is; of the others those count that a point in time can be reached from. */
function kindsFor({ backupId, form }: RestoreWish): readonly string[] {
  if (form === 'logical') return ['postgres-logical'];
  const whole = ['postgres-physical', 'postgres-incremental', 'redis-rdb'];
  return backupId === undefined ? whole : [...whole, 'postgres-wal', 'postgres-logical'];
}

export function componentOf(manifest: BackupManifest, component: string): ManifestComponent | undefined {
  return manifest.components.find((one) => one.component === component);
}

function provedOf(entries: readonly CatalogEntry[], { component }: RestoreWish): BackupManifest[] {
  return entries
    .filter((entry) => ['verified', 'restored'].includes(backupState(entry)))
    .flatMap(({ manifest }) => (manifest !== undefined && componentOf(manifest, component) ? [manifest] : []))
    .sort((a, b) => Date.parse(a.completedAt) - Date.parse(b.completedAt));
}

function named(entries: readonly CatalogEntry[], store: string, backupId: string): BackupManifest {
  const entry = entries.find((one) => one.backupId === backupId);
  if (entry === undefined) throw new DrError('NOT_FOUND', `${store} has no backup ${backupId}`);
  if (entry.manifest === undefined || backupState(entry) === 'damaged') {
    throw new DrError('CORRUPT_OBJECT', `${backupId} in ${store} was found damaged`, { details: entry.problems });
  }
  return entry.manifest;
}

function pointAt(
  store: string,
  windows: readonly RecoveryWindow[],
  component: string,
  targetTime: string,
): RestorePoint {
  const target = new Date(targetTime);
  try {
    const { backupId, timeline, untilLsn } = chooseWindow(windows, component, target);
    return { store, backupId, timeline, untilLsn, targetTime: utc(targetTime) };
  } catch (error) {
    const refused = DrError.from(error);
    if (refused.code !== 'OUTSIDE_RECOVERY_WINDOW') throw refused;
    throw new DrError(refused.code, refused.message, {
      hint: nearestPoints(windows, component, target),
      details: refused.details,
      cause: error,
    });
  }
}

/** The reachable moments on either side of one that is not. */
function nearestPoints(windows: readonly RecoveryWindow[], component: string, target: Date): string {
  const moments = windows
    .filter((window) => window.component === component)
    .flatMap(({ earliest, latest }) => [earliest, latest])
    .sort((a, b) => Date.parse(a) - Date.parse(b));
  const before = moments.findLast((moment) => Date.parse(moment) <= target.getTime());
  const after = moments.find((moment) => Date.parse(moment) > target.getTime());
  const named = [
    ...(before === undefined ? [] : [`before it ${before}`]),
    ...(after === undefined ? [] : [`after it ${after}`]),
  ];
  return named.length === 0
    ? 'nothing can be reached: take a backup first'
    : `the nearest that can be reached: ${named.join(', ')}`;
}

/** The time in UTC as it was given: a Date would cut its microseconds, and a commit among them away. */
function utc(time: string): string {
  return time.endsWith('Z') ? time : new Date(time).toISOString();
}

function isOf(manifests: readonly BackupManifest[], backupId: string): boolean {
  return manifests.some((manifest) => manifest.backupId === backupId);
}

function noMoments(component: string): DrError {
  return new DrError('OUTSIDE_RECOVERY_WINDOW', `${component} can be restored from its backups only, not to a moment`, {
    hint: 'ask without targetTime, or name a backupId',
  });
}
