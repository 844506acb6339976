/** One figure that is claimed, as it was measured. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is measured beside, in the same unit and the same run; absent where the goal is absolute. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** Value by peer; the median of the pairs' own ratios, which the machine's other load moves least. */
  readonly ratio?: number;
  readonly goal: Goal;
}

/** Said of the ratio where there is a peer, else of the value. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

export function isMet({ value, ratio, goal }: Figure): boolean {
  const judged = ratio ?? value;
  return 'atLeast' in goal ? judged >= goal.atLeast : judged <= goal.atMost;
}
