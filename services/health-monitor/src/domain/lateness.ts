/**
 * How late samples arrive, by two clocks that need not agree. The smallest difference seen between our clock and the sender's
 * is their offset and the quickest way; what comes later than that by much was held up (a bus that hung delivers what it
 * held in one burst) and speaks of the past.
 */
export interface ClockOffset {
  readonly offsetMs: number;
  /** The smallest difference of the present window, which becomes the offset when the window ends. */
  readonly windowMs: number;
  readonly windowStartedMs: number;
}

/** Clocks drift and are set: an offset is forgotten after this much time of samples that do not confirm it. */
export const windowLengthMs = 30_000;

export function nextOffset(
  before: ClockOffset | undefined,
  observedAtMs: number,
  receivedAtMs: number,
  nowMs: number,
): ClockOffset {
  const difference = receivedAtMs - observedAtMs;
  if (before === undefined) return { offsetMs: difference, windowMs: difference, windowStartedMs: nowMs };
  if (nowMs - before.windowStartedMs >= windowLengthMs) {
    return { offsetMs: Math.min(before.windowMs, difference), windowMs: difference, windowStartedMs: nowMs };
  }
  return {
    offsetMs: Math.min(before.offsetMs, difference),
    windowMs: Math.min(before.windowMs, difference),
    windowStartedMs: before.windowStartedMs,
  };
}

export function latenessMs(offset: ClockOffset, observedAtMs: number, receivedAtMs: number): number {
  return receivedAtMs - observedAtMs - offset.offsetMs;
}
