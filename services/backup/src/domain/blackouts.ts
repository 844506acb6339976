import { type Blackout, weekdays } from '@novacron/contracts';

const dayMs = 86_400_000;

/**
 * The first moment from `due` on at which no blackout holds; windows that follow each other are left together. Times of day and
 * days are in UTC; a window that ends at or before it begins goes on into the next day.
 * Undefined when there is none within two weeks: the windows leave no gap.
 */
export function outsideBlackouts(due: Date, blackouts: readonly Blackout[]): Date | undefined {
  let at = due.getTime();
  const horizon = at + 14 * dayMs;
  while (at < horizon) {
    const end = blackouts.map((blackout) => endOf(blackout, at)).find((found) => found !== undefined);
    if (end === undefined) return new Date(at);
    at = end;
  }
  return undefined;
}

/** When the window that holds at a moment ends, milliseconds since 1970; undefined when it does not hold. */
function endOf({ days, from, to }: Blackout, at: number): number | undefined {
  const today = Math.floor(at / dayMs) * dayMs;
  for (const midnight of [today - dayMs, today]) {
    const day = weekdays[(new Date(midnight).getUTCDay() + 6) % 7];
    if (days !== undefined && day !== undefined && !days.includes(day)) continue;
    const begin = midnight + clockMs(from);
    const end = midnight + clockMs(to) + (clockMs(to) <= clockMs(from) ? dayMs : 0);
    if (begin <= at && at < end) return end;
  }
  return undefined;
}

function clockMs(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return (hours * 60 + minutes) * 60_000;
}
