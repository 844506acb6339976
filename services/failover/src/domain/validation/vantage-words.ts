import type { CheckEvidence } from '@novacron/contracts';

/** What the vantages say of a site since a moment. */
export interface VantagesHeard {
  /** `ok`, `degraded`, `lost` … as the quorum has it. */
  readonly state: string;
  /** Vantages whose every look since then was well. */
  readonly well: readonly string[];
  /** What was found wrong since then, one line each. */
  readonly problems: readonly string[];
  /** Vantages that have not looked at everything since then, or cannot see. */
  readonly unheard: readonly string[];
}

/** Sorts what each vantage says: an older look says nothing of the site as it is now. */
export function vantagesHeard(state: string, evidence: readonly CheckEvidence[], sinceMs: number): VantagesHeard {
  const vantages = [...new Set(evidence.map(({ vantage }) => vantage))].toSorted();
  const isFresh = ({ observedAt, state: seen }: CheckEvidence): boolean =>
    Date.parse(observedAt) >= sinceMs && seen !== 'unknown';
  const bad = evidence.filter((each) => isFresh(each) && each.state === 'failed');
  const of = (vantage: string): CheckEvidence[] => evidence.filter((each) => each.vantage === vantage);
  const unheard = vantages.filter((vantage) => !of(vantage).every(isFresh));
  const ill = new Set(bad.map(({ vantage }) => vantage));
  return {
    state,
    well: vantages.filter((vantage) => !unheard.includes(vantage) && !ill.has(vantage)),
    problems: bad.map(({ vantage, check, problem = 'failed' }) => `${vantage}: ${check}: ${problem}`.slice(0, 300)),
    unheard,
  };
}
