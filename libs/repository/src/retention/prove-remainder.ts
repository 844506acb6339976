import type { ProblemDetail } from '@novacron/contracts';
import { type RecoveryWindow, recoveryWindows } from '../catalog/recovery-window.js';
import type { BackupManifest } from '../manifest/backup-manifest.js';
import type { WalIndex } from '../wal/coverage.js';
import { countedIn, type CountedUnit, countedUnits, standsAlone } from './counted-unit.js';
import type { RetentionPlan } from './plan-retention.js';
import type { RetentionPolicy } from './retention-policy.js';
import { type StoreView, unsoundBackups } from './soundness.js';

/**
 * What a plan would break, found by computing anew what could be restored after it; nothing when it is safe. Asked of what
 * is left are the same moments as before from the plan's cutoff on, and as many backups that count as policy asks for, or
 * as there were.
 */
export function proveRemainder(
  view: StoreView,
  indexes: ReadonlyMap<string, WalIndex>,
  plan: RetentionPlan,
  policy: RetentionPolicy,
): ProblemDetail[] {
  const gone = new Set(plan.expire.map(({ backupId }) => backupId));
  const goneWal = new Set(plan.wal.map(({ key }) => key));
  const unsound = unsoundBackups(view);
  const sound = view.entries.flatMap(({ backupId, manifest }) =>
    manifest === undefined || unsound.has(backupId) ? [] : [manifest],
  );
  const left = sound.filter(({ backupId }) => !gone.has(backupId));
  const indexesLeft = new Map(
    [...indexes].map(([systemId, index]) => [
      systemId,
      { ...index, chunks: index.chunks.filter(({ key }) => !goneWal.has(key)) },
    ]),
  );
  const before = recoveryWindows(sound, indexes).windows;
  const after = recoveryWindows(left, indexesLeft).windows;
  return [
    ...missingParents(view, gone),
    ...tooFew(sound, left, policy),
    ...lostMoments(before, after, Date.parse(plan.cutoff ?? new Date(0).toISOString())),
  ];
}

function missingParents(view: StoreView, gone: ReadonlySet<string>): ProblemDetail[] {
  return view.entries.flatMap(({ backupId, manifest }) => {
    const parent = manifest?.parentBackupId;
    if (parent === undefined || gone.has(backupId) || !gone.has(parent)) return [];
    return [{ path: backupId, problem: `would lose its parent ${parent}` }];
  });
}

function tooFew(
  sound: readonly BackupManifest[],
  left: readonly BackupManifest[],
  { minimumVerified }: RetentionPolicy,
): ProblemDetail[] {
  const count = (manifests: readonly BackupManifest[], unit: CountedUnit): number =>
    manifests.filter((manifest) => countedIn(manifest, unit) !== undefined).length;
  return countedUnits(sound)
    .filter(standsAlone)
    .flatMap((unit) => {
      const [had, has] = [count(sound, unit), count(left, unit)];
      const needed = Math.max(1, Math.min(had, minimumVerified));
      if (has >= needed) return [];
      return [{ path: unit.component, problem: `${has} verified backups would be left, ${needed} are asked for` }];
    });
}

/** The ends of every stretch that could be restored, as far as policy keeps them, must lie in one that still can be. */
function lostMoments(
  before: readonly RecoveryWindow[],
  after: readonly RecoveryWindow[],
  cutoffMs: number,
): ProblemDetail[] {
  const problems = before.flatMap(({ component, earliest, latest }) => {
    const [from, to] = [Math.max(Date.parse(earliest), cutoffMs), Date.parse(latest)];
    if (to < cutoffMs) return [];
    const kept = after.filter((window) => window.component === component);
    return [from, to]
      .filter((ms) => !kept.some((window) => Date.parse(window.earliest) <= ms && ms <= Date.parse(window.latest)))
      .map((ms) => ({ path: component, problem: `${new Date(ms).toISOString()} could no longer be restored` }));
  });
  return [...new Map(problems.map((one) => [`${one.path} ${one.problem}`, one])).values()];
}
