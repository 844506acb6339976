import { durationMs, type Objectives } from '@novacron/contracts';

/** What a tier was promised, milliseconds. */
export interface TierObjective {
  readonly tier: number;
  readonly rpoMs: number;
  readonly rtoMs: number;
}

export function tierObjectives({ tiers }: Pick<Objectives, 'tiers'>): TierObjective[] {
  return tiers.map(({ tier, rpo, rto }) => ({ tier, rpoMs: durationMs(rpo), rtoMs: durationMs(rto) }));
}

/** The strictest promises among the tiers that are reached; of all where nobody said which. Undefined where there is none. */
export function strictest(
  objectives: readonly TierObjective[],
  reached?: readonly number[],
): Omit<TierObjective, 'tier'> | undefined {
  const asked = reached === undefined ? objectives : objectives.filter(({ tier }) => reached.includes(tier));
  if (asked.length === 0) return undefined;
  return {
    rpoMs: Math.min(...asked.map(({ rpoMs }) => rpoMs)),
    rtoMs: Math.min(...asked.map(({ rtoMs }) => rtoMs)),
  };
}
