/** A row that was acknowledged, and when (milliseconds since 1970). */
export interface Acknowledged {
  readonly n: number;
  readonly at: number;
}

export interface Silence {
  readonly lastBefore: Acknowledged;
  readonly firstAfter: Acknowledged;
}

/** Answers that were on their way when the site died still arrive. */
const afterglowMs = 1_000;

/**
 * The longest time without an acknowledged row that began before `time` (or within a second after it) and ended after it.
 * Undefined while a longer one may still be going on at `now`.
 */
export function silenceAround(rows: readonly Acknowledged[], time: number, now: number): Silence | undefined {
  const inOrder = rows.toSorted((a, b) => a.at - b.at);
  let longest: Silence | undefined;
  inOrder.forEach((firstAfter, index) => {
    const lastBefore = inOrder[index - 1];
    if (lastBefore === undefined || firstAfter.at < time || lastBefore.at > time + afterglowMs) return;
    if (longest === undefined || lengthOf({ lastBefore, firstAfter }) > lengthOf(longest))
      longest = { lastBefore, firstAfter };
  });
  const last = inOrder.at(-1);
  if (longest === undefined || last === undefined) return undefined;
  const goingOn = last.at <= time + afterglowMs ? now - last.at : 0;
  return goingOn > lengthOf(longest) ? undefined : longest;
}

function lengthOf({ lastBefore, firstAfter }: Silence): number {
  return firstAfter.at - lastBefore.at;
}
