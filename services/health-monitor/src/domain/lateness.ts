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
  readonly windowLengthMs: number;
  /** What the sender's clock said last. */
  readonly sentMs: number;
}

/** Clocks drift and are set: an offset is forgotten after this much time of samples that do not confirm it. */
export const windowLengthMs = 30_000;

/** A sender whose clock was set back is silent to us until its offset is forgotten: no longer than what it said last is fresh. */
export const setBackWindowMs = 2_000;

/** Samples overtake one another by so much: a failure waits for its witness before it is sent. */
const outOfOrderMs = 1_000;

/**
 * The offset after one more sample. `receivedMs` is of a clock that nobody sets. A sender that tells an older time than before
 * was set back, or what it said long ago comes by another way: then what is current comes soon as well, and confirms the offset.
 */
export function nextOffset(before: ClockOffset | undefined, sentMs: number, receivedMs: number): ClockOffset {
  const differenceMs = receivedMs - sentMs;
  const begun = (offsetMs: number, lengthMs: number): ClockOffset => ({
    offsetMs,
    windowMs: differenceMs,
    windowStartedMs: receivedMs,
    windowLengthMs: lengthMs,
    sentMs,
  });
  if (before === undefined) return begun(differenceMs, windowLengthMs);
  const offsetMs = Math.min(before.offsetMs, differenceMs);
  if (before.windowLengthMs !== setBackWindowMs && sentMs < before.sentMs - outOfOrderMs)
    return begun(offsetMs, setBackWindowMs);
  const windowMs = Math.min(before.windowMs, differenceMs);
  if (receivedMs - before.windowStartedMs >= before.windowLengthMs) return begun(windowMs, windowLengthMs);
  return { ...before, offsetMs, windowMs, sentMs };
}

export function latenessMs({ offsetMs }: ClockOffset, sentMs: number, receivedMs: number): number {
  return receivedMs - sentMs - offsetMs;
}
