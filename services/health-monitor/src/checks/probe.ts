/** Where the time of a look went, in milliseconds; absent what the look did not need. */
export interface Timings {
  resolveMs?: number;
  connectMs?: number;
  tlsMs?: number;
  /** From the request sent to the first byte of the answer. */
  firstByteMs?: number;
}

/** What a look at a target that works has found. */
export interface Finding {
  /** The target works, but not as it should; the reason. Reported as degraded. */
  readonly degraded?: string;
  readonly timings?: Timings;
}

/** A check type: one look at one target. How to add one, with an example: docs/check-types.md. */
export interface Probe {
  /**
   * Resolves when the target works, with or without a finding; everything else is thrown. A DrError of code INVALID_CONFIG or
   * PROGRAM_MISSING says that the target was not judged because our own settings (a login, a program) do not fit: that is
   * reported as degraded, never as failed. Any other error is a failure, its message the reason.
   *
   * Each look uses a connection of its own, so that it says something about now, and leaves it when the signal aborts: what
   * goes on after that is nobody's. What it throws then should say what it was waiting for.
   */
  probe(signal: AbortSignal): Promise<Finding | void>;
}
