export interface Pace {
  readonly intervalMs: number;
  /** While a check is unsettled; the same as the interval where the estate names none. */
  readonly fastIntervalMs: number;
  readonly timeoutMs: number;
}

/** A tenth of the interval: enough to keep checks from marching in step, too little to matter to a verdict. */
export const jitterShare = 0.1;

/**
 * When the next probe is due, counted from when this one was due and not from its end, so that slow answers do not stretch
 * the rate. A probe that outlasted its turn is followed at once; turns that were missed are not made up.
 * `random` is from 0 to 1.
 */
export function nextDueMs(
  dueMs: number,
  startedMs: number,
  nowMs: number,
  pace: Pace,
  fast: boolean,
  random: number,
): number {
  if (fast) return Math.max(nowMs, startedMs + pace.fastIntervalMs);
  const jitterMs = pace.intervalMs * jitterShare * (random - 0.5);
  const next = dueMs + pace.intervalMs;
  return next > nowMs ? Math.max(nowMs, next + jitterMs) : nowMs;
}
