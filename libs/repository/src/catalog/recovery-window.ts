import { DrError, type ProblemDetail } from '@novacron/contracts';
import type { BackupManifest, ManifestComponent } from '../manifest/backup-manifest.js';
import { incrementChain, isServerCopy } from '../manifest/increment-chain.js';
import { contiguousUntil, describeRange, pathTo, type Reach, type WalIndex } from '../wal/coverage.js';
import { formatLsn, type Lsn, parseLsn } from '../wal/lsn.js';

/** The moments that one backup of a database and the WAL after it can restore, on the way to one timeline. */
export interface RecoveryWindow {
  readonly backupId: string;
  readonly component: string;
  readonly systemId: string;
  readonly timeline: number;
  /** RFC 3339. Before it the backup is not consistent, and the server would silently show rows that are too new. */
  readonly earliest: string;
  /** RFC 3339. After it no commit is known to be archived, and the server would refuse to start. */
  readonly latest: string;
  readonly startLsn: string;
  readonly untilLsn: string;
  /** What is missing behind `latest`, when later WAL is there. */
  readonly gap?: string;
}

export interface RecoveryWindows {
  readonly windows: readonly RecoveryWindow[];
  /** Backups that cannot be restored, with the WAL they lack. */
  readonly unusable: readonly ProblemDetail[];
}

/** Every window that the manifests and the WAL archives (by system identifier) give; newest timeline, newest backup first. */
export function recoveryWindows(
  manifests: readonly BackupManifest[],
  indexes: ReadonlyMap<string, WalIndex>,
): RecoveryWindows {
  const windows: RecoveryWindow[] = [];
  const unusable: ProblemDetail[] = [];
  for (const manifest of manifests) {
    for (const component of manifest.components) {
      const point = startingPoint(component);
      if (point === undefined) continue;
      const whole = incrementChain(manifests, manifest, component.component);
      if ('problem' in whole) {
        unusable.push({ path: manifest.backupId, problem: whole.problem });
        continue;
      }
      const index = indexes.get(component.systemId) ?? noWal(component.systemId);
      const found = timelinesAfter(index, point).map((timeline) =>
        windowOn(index, timeline, manifest, component, point),
      );
      const usable = found.filter((one) => 'earliest' in one);
      windows.push(...usable);
      if (usable.length === 0) unusable.push(...found.filter((one) => 'problem' in one).slice(0, 1));
    }
  }
  return { windows: windows.sort(newestFirst), unusable };
}

/**
 * The window to restore a component from to a time: on the newest timeline that reaches it, from the newest backup.
 * @throws DrError OUTSIDE_RECOVERY_WINDOW naming the windows there are.
 */
export function chooseWindow(
  windows: readonly RecoveryWindow[],
  component: string,
  target: Date,
  timeline?: number,
): RecoveryWindow {
  const offered = windows
    .filter((window) => window.component === component && (timeline ?? window.timeline) === window.timeline)
    .sort(newestFirst);
  const chosen = offered.find(
    ({ earliest, latest }) => Date.parse(earliest) <= target.getTime() && target.getTime() <= Date.parse(latest),
  );
  if (chosen !== undefined) return chosen;
  throw new DrError('OUTSIDE_RECOVERY_WINDOW', `${component} cannot be restored to ${target.toISOString()}`, {
    details: offered.map((window) => ({
      path: window.backupId,
      problem: `reaches from ${window.earliest} to ${window.latest} on timeline ${window.timeline}`,
    })),
  });
}

interface StartingPoint {
  readonly timeline: number;
  readonly start: Lsn;
  readonly stop: Lsn;
  readonly includesWal: boolean;
}

function startingPoint(component: ManifestComponent): StartingPoint | undefined {
  const { timeline, startLsn, stopLsn, includesWal } = component;
  if (!isServerCopy(component) || timeline === undefined || startLsn === undefined || stopLsn === undefined) {
    return undefined;
  }
  return { timeline, start: parseLsn(startLsn), stop: parseLsn(stopLsn), includesWal: includesWal ?? false };
}

/** The backup's own timeline, and every one that branched off after the backup was consistent. */
function timelinesAfter(index: WalIndex, point: StartingPoint): number[] {
  const later = [...index.histories.keys()].filter((timeline) =>
    pathTo(index, timeline).some(
      (stretch) => stretch.timeline === point.timeline && stretch.end !== undefined && stretch.end >= point.stop,
    ),
  );
  return [...new Set([point.timeline, ...later])];
}

function windowOn(
  index: WalIndex,
  timeline: number,
  manifest: BackupManifest,
  component: ManifestComponent,
  point: StartingPoint,
): RecoveryWindow | ProblemDetail {
  const archived = contiguousUntil(index, timeline, point.includesWal ? point.stop : point.start);
  if (archived.until < point.stop) {
    const lacks = archived.gap ?? { from: archived.until, until: point.stop };
    return { path: manifest.backupId, problem: `WAL ${describeRange(lacks)} of ${component.component} is missing` };
  }
  return {
    backupId: manifest.backupId,
    component: component.component,
    systemId: component.systemId,
    timeline,
    earliest: component.completedAt,
    latest: latest(component.completedAt, archived),
    startLsn: formatLsn(point.start),
    untilLsn: formatLsn(archived.until),
    ...(archived.gap === undefined ? {} : { gap: describeRange(archived.gap) }),
  };
}

function latest(completedAt: string, { lastCommitAtMs }: Reach): string {
  if (lastCommitAtMs === undefined || lastCommitAtMs <= Date.parse(completedAt)) return completedAt;
  return new Date(lastCommitAtMs).toISOString();
}

function newestFirst(a: RecoveryWindow, b: RecoveryWindow): number {
  return b.timeline - a.timeline || Date.parse(b.earliest) - Date.parse(a.earliest);
}

function noWal(systemId: string): WalIndex {
  return { systemId, segmentSizeBytes: 16 * 1024 * 1024, chunks: [], histories: new Map() };
}
