import type { RecoveryWindow } from '@novacron/repository';

/** What a store can restore a database to: the latest moment, and from when on. */
export interface RecoveryPoint {
  readonly timeline: number;
  readonly lsn: string;
  /** RFC 3339. */
  readonly earliest: string;
  readonly latest: string;
  /** WAL that is missing behind it, although later WAL is there. */
  readonly gap?: string;
}

/** The newest moment on the newest timeline; undefined while no backup of the component can be restored. */
export function recoveryPointOf(windows: readonly RecoveryWindow[], component: string): RecoveryPoint | undefined {
  const own = windows.filter((window) => window.component === component);
  const newest = own.toSorted((a, b) => b.timeline - a.timeline || Date.parse(b.latest) - Date.parse(a.latest))[0];
  if (newest === undefined) return undefined;
  const earliest = own.map((window) => window.earliest).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
  const { timeline, untilLsn, latest, gap } = newest;
  const known = { timeline, lsn: untilLsn, earliest: earliest ?? newest.earliest, latest };
  return gap === undefined ? known : { ...known, gap };
}
