import { type ComponentDay, type ComponentState, componentStates } from './status-facts.js';

export const daySeconds = 86_400;

/** How much of a second in each state counts as lost. */
export const lossOf: Readonly<Record<ComponentState, number>> = {
  outage: 1,
  'partial-outage': 0.5,
  degraded: 0,
  maintenance: 0,
  operational: 0,
  unknown: 0,
};

/**
 * Uptime = 1 − (seconds out + ½ × seconds partly out) / seconds observed, of 0 to 1; undefined where nothing was observed. What
 * nobody confirmed is in neither part of the fraction: it is shown as unknown, and never counted as up.
 */
export function uptime(days: readonly ComponentDay[]): number | undefined {
  let observed = 0;
  let lost = 0;
  for (const { secondsIn } of days) {
    for (const state of componentStates) {
      const seconds = secondsIn[state] ?? 0;
      if (state === 'unknown') continue;
      observed += seconds;
      lost += seconds * lossOf[state];
    }
  }
  return observed === 0 ? undefined : 1 - lost / observed;
}

const shown: readonly ComponentState[] = ['outage', 'partial-outage', 'degraded', 'maintenance'];

/** The colour of a day: the worst that lasted a minute or more; unknown where less than half of it, or nothing, was observed. */
export function dayState(day: ComponentDay, elapsedSeconds: number = daySeconds): ComponentState {
  const worst = shown.find((state) => (day.secondsIn[state] ?? 0) >= 60);
  if (worst !== undefined) return worst;
  const up = day.secondsIn.operational ?? 0;
  return up > 0 && up >= elapsedSeconds / 2 ? 'operational' : 'unknown';
}
