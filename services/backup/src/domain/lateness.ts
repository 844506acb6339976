export type Lateness = 'in-time' | 'approaching' | 'missed';

/** From this share of the RPO on it is said that it may be missed: while there is still time to act. */
const warnAtShare = 0.75;

/** How a recovery point that is so far behind stands to an RPO. */
export function lateness(lagMs: number, rpoMs: number): Lateness {
  if (lagMs > rpoMs) return 'missed';
  return lagMs >= rpoMs * warnAtShare ? 'approaching' : 'in-time';
}
