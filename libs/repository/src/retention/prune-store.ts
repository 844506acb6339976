import { DrError, type ObjectInfo, type ObjectStore, type ProblemDetail } from '@novacron/contracts';
import type { Catalog } from '../catalog/catalog.js';
import { backupPrefix, backupsPrefix, manifestKey } from '../catalog/layout.js';
import { markKey, markName } from '../catalog/backup-mark.js';
import { recoveryWindows } from '../catalog/recovery-window.js';
import { concurrently } from '../objects/concurrently.js';
import type { WalIndex } from '../wal/coverage.js';
import { planRetention, type RetentionPlan, type Verdict } from './plan-retention.js';
import { proveRemainder } from './prove-remainder.js';
import type { RetentionPolicy } from './retention-policy.js';
import type { StoreView } from './soundness.js';

/** What is in a store, and what retention may take of it. */
export interface PrunableStore extends RetentionPlan {
  /** Backups that policy would remove, and that the store itself does not let go yet (Object Lock, legal hold). */
  readonly locked: readonly ProblemDetail[];
  /** Objects of backups that were never committed, or whose removal was cut short: long since nobody's. */
  readonly leftovers: readonly string[];
}

export interface PruneReport {
  readonly store: string;
  readonly expired: readonly Verdict[];
  /** What the store itself does not let go yet (Object Lock, legal hold): backups, or an object locked during the removal. */
  readonly locked: readonly ProblemDetail[];
  readonly removedObjects: number;
  readonly removedWalObjects: number;
  readonly freedBytes: number;
}

const removalsAtOnce = 8;
const headsAtOnce = 8;
/** What was begun and not committed is somebody's work for so long. */
const abandonedAfterMs = 7 * 24 * 3_600_000;

/**
 * Plans retention for one store and proves the plan. Changes nothing. What the store has locked stays whole, with all that it
 * builds on and the WAL it needs.
 * @throws DrError PRECONDITION_FAILED naming what the plan would break: then nothing may be removed.
 */
export async function planPrune(
  catalog: Catalog,
  indexes: ReadonlyMap<string, WalIndex>,
  policy: RetentionPolicy,
  now: Date,
): Promise<PrunableStore> {
  const listing = await catalog.list();
  const objects = await objectsIn(catalog);
  const manifests = listing.entries.flatMap(({ manifest }) => manifest ?? []);
  const windows = recoveryWindows(manifests, indexes);
  const view: StoreView = { entries: listing.entries, objects, windows, now };
  const wanted = planRetention(view, indexes, policy);
  const locks = await locksOn(catalog.store, wanted.expire, objects, now);
  // To keep more lets nothing else go: all that expires now was asked about.
  const plan = planRetention(view, indexes, policy, locks);
  const problems: ProblemDetail[] = proveRemainder(view, indexes, plan, policy);
  if (problems.length > 0) {
    throw new DrError('PRECONDITION_FAILED', `retention would break what ${catalog.store.name} can restore`, {
      hint: 'nothing was removed: verify the backups named, or take a new one, then prune again',
      details: problems,
    });
  }
  const expired = listing.expired.flatMap(({ backupId, at }) =>
    keysOf(objects, backupId).filter((key) => key !== markKey(backupId, 'expired', new Date(at))),
  );
  const abandoned = listing.uncommitted
    .map((backupId) => keysOf(objects, backupId))
    .filter((keys) => keys.every((key) => isOlder(objects.get(key), now, abandonedAfterMs)))
    .flat();
  const locked = [...locks].map(([path, problem]) => ({ path, problem }));
  return { ...plan, locked, leftovers: [...expired, ...abandoned] };
}

/**
 * Removes what a plan names. A signed mark comes first, so that a removal by us can always be told from one by others; then the
 * manifest, after which nobody is offered the backup; then its objects. Repeated after a crash it goes on where it was. A lock
 * that came after the plan ends it: what the locked backup builds on comes later, and its WAL last.
 */
export async function prune(
  catalog: Catalog,
  plan: Pick<PrunableStore, 'expire' | 'locked' | 'leftovers' | 'wal'>,
  options: { readonly now: Date; readonly operationId?: string; readonly signal?: AbortSignal },
): Promise<PruneReport> {
  const removal = new Removal(catalog, options.signal);
  const expired: Verdict[] = [];
  for (const verdict of plan.expire) {
    const lock = await removal.lockOn(verdict.backupId);
    if (lock !== undefined) {
      removal.locked.push({ path: verdict.backupId, problem: lock });
      break;
    }
    await markExpired(catalog, verdict, options);
    await removal.backup(verdict.backupId);
    expired.push(verdict);
  }
  await removal.keys(plan.leftovers);
  const removedObjects = removal.removed;
  if (expired.length === plan.expire.length) await removal.keys(plan.wal.map(({ key }) => key));
  return {
    store: catalog.store.name,
    expired,
    locked: [...plan.locked, ...removal.locked],
    removedObjects,
    removedWalObjects: removal.removed - removedObjects,
    freedBytes: removal.freedBytes,
  };
}

async function markExpired(
  catalog: Catalog,
  { backupId, reason }: Verdict,
  { now, operationId }: { readonly now: Date; readonly operationId?: string },
): Promise<void> {
  const by = operationId === undefined ? {} : { operationId };
  try {
    await catalog.mark(backupId, { mark: 'expired', store: catalog.store.name, note: reason, ...by }, now);
  } catch (error) {
    // It was marked before a crash, and is offered to nobody any more.
    if (DrError.from(error).code !== 'NOT_FOUND') throw error;
  }
}

class Removal {
  removed = 0;
  freedBytes = 0;
  readonly locked: ProblemDetail[] = [];

  constructor(
    private readonly catalog: Catalog,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Why the store would not let go of an object of the backup; asked before anything of it is touched. */
  async lockOn(backupId: string): Promise<string | undefined> {
    const keys = [...(await objectsIn(this.catalog, backupPrefix(backupId))).keys()];
    return lockAmong(this.catalog.store, keys, new Date());
  }

  /** All but the mark that says so. */
  async backup(backupId: string): Promise<void> {
    const keys = [...(await objectsIn(this.catalog, backupPrefix(backupId))).keys()];
    const name = (key: string): string => key.slice(backupPrefix(backupId).length);
    const [marks, objects] = [
      keys.filter((key) => markName.test(name(key))),
      keys.filter((key) => !markName.test(name(key))),
    ];
    await this.keys(objects.filter((key) => key === manifestKey(backupId)));
    await this.keys(objects.filter((key) => key !== manifestKey(backupId)));
    await this.keys(marks.filter((key) => !name(key).startsWith('expired-')));
  }

  async keys(keys: readonly string[]): Promise<void> {
    await concurrently(keys, removalsAtOnce, async (key) => {
      this.signal?.throwIfAborted();
      const info = await this.catalog.store.head(key);
      if (info === undefined) return;
      try {
        await this.catalog.store.delete(key);
      } catch (error) {
        if (DrError.from(error).code !== 'PRECONDITION_FAILED') throw error;
        this.locked.push({ path: key, problem: DrError.from(error).message });
        return;
      }
      this.removed += 1;
      this.freedBytes += info.sizeBytes;
    });
  }
}

/** Which of these backups the store would not let go, by id, and why. */
async function locksOn(
  store: ObjectStore,
  backups: readonly Verdict[],
  objects: ReadonlyMap<string, ObjectInfo>,
  now: Date,
): Promise<Map<string, string>> {
  const locks = new Map<string, string>();
  for (const { backupId } of backups) {
    const lock = await lockAmong(store, keysOf(objects, backupId), now);
    if (lock !== undefined) locks.set(backupId, lock);
  }
  return locks;
}

async function lockAmong(store: ObjectStore, keys: readonly string[], now: Date): Promise<string | undefined> {
  const infos = await concurrently(keys, headsAtOnce, async (key) => store.head(key));
  const held = infos.find((info) => info?.legalHold === true);
  if (held !== undefined) return `${held.key} is under a legal hold of the store`;
  const locked = infos.find((info) => Date.parse(info?.lockedUntil ?? '') > now.getTime());
  return locked === undefined ? undefined : `${locked.key} is locked until ${locked.lockedUntil}`;
}

async function objectsIn(catalog: Catalog, prefix: string = backupsPrefix): Promise<Map<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>();
  for await (const info of catalog.store.list(prefix)) found.set(info.key, info);
  return found;
}

function keysOf(objects: ReadonlyMap<string, ObjectInfo>, backupId: string): string[] {
  return [...objects.keys()].filter((key) => key.startsWith(backupPrefix(backupId)));
}

function isOlder(info: ObjectInfo | undefined, now: Date, ms: number): boolean {
  return info !== undefined && Date.parse(info.modifiedAt) < now.getTime() - ms;
}
