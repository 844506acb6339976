import { compareLsn, type Lsn, lsnDiffBytes } from '@novacron/drivers';

/** How a database comes back: it follows already, its own data are wound back, or all of them are copied anew. */
export type RejoinMethod = 'none' | 'rewind' | 'rebuild';

export interface HomeDatabase {
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** How far its own WAL reaches. */
  readonly endLsn: Lsn;
  /** It streams from the active site already. */
  readonly follows: boolean;
}

export interface ActiveDatabase {
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** The timelines it descends from, with the position where each was left. */
  readonly history: readonly { readonly timeline: number; readonly switchLsn: Lsn }[];
}

export interface RejoinAdvice {
  readonly advice: RejoinMethod;
  readonly orphanBytes: number;
  readonly switchLsn?: Lsn;
}

/**
 * What became of the home site's data when the active site left its timeline: what it wrote behind that point is an orphan,
 * which exists nowhere else. Data of another system, or of a timeline the active one does not descend from, can only be
 * copied anew.
 */
export function adviseRejoin(home: HomeDatabase, active: ActiveDatabase): RejoinAdvice {
  if (home.systemIdentifier !== active.systemIdentifier) return { advice: 'rebuild', orphanBytes: 0 };
  if (home.follows) return { advice: 'none', orphanBytes: 0 };
  if (home.timeline === active.timeline) return { advice: 'rewind', orphanBytes: 0 };
  const branch = active.history.find(({ timeline }) => timeline === home.timeline);
  if (branch === undefined) return { advice: 'rebuild', orphanBytes: 0 };
  const ahead = compareLsn(home.endLsn, branch.switchLsn) > 0;
  return {
    advice: 'rewind',
    orphanBytes: ahead ? Number(lsnDiffBytes(home.endLsn, branch.switchLsn)) : 0,
    switchLsn: branch.switchLsn,
  };
}
