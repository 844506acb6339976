import type { ComponentDay, ComponentState } from './status-facts.js';

/** One stretch of a day in one state, in seconds since midnight UTC; `until` moves on as it is confirmed. */
export type Span = readonly [state: ComponentState, from: number, until: number];

/** What was observed on one day, per component. */
export interface DayLog {
  readonly date: string;
  readonly spans: Readonly<Record<string, readonly Span[]>>;
}

/** A silence longer than this was not observed: nobody knows what was between. */
export const longestGapSeconds = 150;

export function emptyDay(date: string): DayLog {
  return { date, spans: {} };
}

/**
 * The day with one more look at it. The last stretch goes on where its state is the same and the silence was short; a change of
 * state ends at the look that found it. A look that is not later than the last one changes nothing, so that two observers, one
 * observer twice, and a clock that went back all give the same day.
 */
export function observed(day: DayLog, states: ReadonlyMap<string, ComponentState>, atSeconds: number): DayLog {
  const spans: Record<string, readonly Span[]> = { ...day.spans };
  for (const [component, state] of states) {
    const known = spans[component] ?? [];
    const last = known.at(-1);
    if (last !== undefined && atSeconds <= last[2]) continue;
    const continued = last !== undefined && atSeconds - last[2] <= longestGapSeconds;
    if (last === undefined || !continued) spans[component] = [...known, [state, atSeconds, atSeconds]];
    else if (last[0] === state) spans[component] = [...known.slice(0, -1), [state, last[1], atSeconds]];
    else spans[component] = [...known.slice(0, -1), [last[0], last[1], atSeconds], [state, atSeconds, atSeconds]];
  }
  return { date: day.date, spans };
}

/** Seconds in each state. */
export function summedDay(day: DayLog, component: string): ComponentDay {
  const secondsIn: Partial<Record<ComponentState, number>> = {};
  for (const [state, from, until] of day.spans[component] ?? []) {
    secondsIn[state] = (secondsIn[state] ?? 0) + until - from;
  }
  return { date: day.date, secondsIn };
}

export function dateOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

export function secondsOfDay(time: Date): number {
  return Math.floor((time.getTime() % 86_400_000) / 1000);
}

/** The dates of the last `count` days, oldest first, the last one today's. */
export function lastDates(now: Date, count: number): readonly string[] {
  const today = Math.floor(now.getTime() / 86_400_000);
  return Array.from({ length: count }, (_, index) => dateOf(new Date((today - count + 1 + index) * 86_400_000)));
}
