/** One table, counted three times while writes may go on: on the active site, on the home site, on the active site again. */
export interface TableCount {
  readonly table: string;
  readonly before: number;
  readonly home: number;
  readonly after: number;
}

/**
 * The tables whose count on the home site does not lie between the two of the active site around it. A table that stands still
 * must be equal; one that is written may be anywhere between. The caller counts on the home site only after it has replayed
 * everything up to the first count.
 */
export function disagreeing(counts: readonly TableCount[]): TableCount[] {
  return counts.filter(({ before, home, after }) => home < Math.min(before, after) || home > Math.max(before, after));
}
