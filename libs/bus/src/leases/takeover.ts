/** What is written under a lease's key. */
export interface LeaseRecord {
  readonly holder: string;
  /** Tells two acquisitions of one holder apart, so that a lost answer can be told from a lost lease. */
  readonly nonce: string;
  /** How long others must see no renewal before they may take over. */
  readonly expiresAfterMs: number;
}

/** One revision of a lease as another process first saw it, on its own monotonic clock. */
export interface Observation {
  readonly revision: number;
  readonly firstSeenMs: number;
}

/**
 * How far two clocks may run apart within one lease, added by whoever takes over and taken off by whoever holds.
 * A tenth of the time, and never less than a quarter of a second (timers on a busy machine are late).
 */
export function marginMs(ttlMs: number): number {
  return Math.max(250, ttlMs / 10);
}

/**
 * Whether the lease may be taken over: its revision has not changed for its whole time and a margin.
 *
 * Why at most one process acts. The holder sends a renewal at time s of its clock and acts until s + ttl - margin. We see the
 * revision only after it was stored, thus after s, and wait ttl + margin from then. Both clocks are monotonic; only their
 * rates matter, and the margins on both sides cover rates that differ by less than a tenth. Taking over is a
 * compare-and-swap on the revision seen, so of two that wait only one wins, and a renewal that came in between wins over both.
 * What no clock covers, a process that is stopped between looking at its lease and acting, is what the fencing token is for.
 */
export function mayTakeOver(seen: Observation, record: LeaseRecord, nowMs: number): boolean {
  return nowMs - seen.firstSeenMs >= record.expiresAfterMs + marginMs(record.expiresAfterMs);
}

/** What we have seen of a lease, given the entry that is stored now. */
export function observe(before: Observation | undefined, revision: number, nowMs: number): Observation {
  return before?.revision === revision ? before : { revision, firstSeenMs: nowMs };
}

/** Until when a holder may act, by its own monotonic clock, given when it sent the write that succeeded. */
export function actsUntilMs(sentMs: number, ttlMs: number): number {
  return sentMs + ttlMs - marginMs(ttlMs);
}
