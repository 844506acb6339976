import type { Logger } from '@novacron/bus';

/** What a step is given. Everything in it survives a crash, except `progress` and the signal. */
export interface StepContext<P = unknown> {
  readonly operationId: string;
  readonly correlationId: string;
  readonly params: P;
  /** 1 for the first INTENT of the step, one more for each INTENT after it; also after a crash. */
  readonly attempt: number;
  /** Fencing token of the lease under which we act: hand it to every target that can compare it. */
  readonly token: number;
  /** Aborts on the step's timeout, on an operator's abort and on a lost lease: stop acting at once, undo nothing. */
  readonly signal: AbortSignal;
  /** Results of finished steps by name, as the journal holds them (JSON). */
  readonly results: ReadonlyMap<string, unknown>;
  progress(percent: number, note?: string): void;
  readonly logger: Logger;
}

/**
 * One effect on the outside world, run as INTENT → probe → run → verify → DONE. Whatever is returned is kept in the journal:
 * plain JSON, no secrets, below 256 KiB. An error's `retryable` decides between another attempt and giving up; what is
 * not a DrError counts as retryable.
 *
 * After a crash the step is entered again by `probe`, so `run` must tolerate that part of its effect is there already.
 */
export interface Step<P = unknown, C = unknown, R = unknown> {
  /** Unique in its runbook; letters, digits, `-`. */
  readonly name: string;
  readonly title: string;
  /** For one attempt: probe, run and verify together. */
  readonly timeoutMs: number;
  /** Failed attempts after which the step has failed; a crash does not count as one, but ten workers dead in it stop the operation. */
  readonly attempts: number;
  /** Once this step may have taken effect nothing is undone by itself any more. */
  readonly pointOfNoReturn?: boolean;
  /** Past the point of no return a human may go on without it, for a reason that is kept: nothing that follows rests on its result. */
  readonly skippable?: boolean;
  /**
   * The external changes this step would make, one line each, as old → new where the target says what is there now: for `plan` and
   * `dryRun`. Changes nothing.
   */
  describe?(params: P, signal: AbortSignal): string[] | Promise<string[]>;
  /** What `undo` needs to restore, read before the first change and kept in the INTENT. Changes nothing. */
  capture?(context: StepContext<P>): Promise<C>;
  /** The step's result when its effect is there already, else undefined. Changes nothing. */
  probe(context: StepContext<P>): Promise<R | undefined>;
  run(context: StepContext<P>, captured: C): Promise<R>;
  /** Throws unless the effect is really there; asks the target, never `result` alone. */
  verify(context: StepContext<P>, result: R): Promise<void>;
  /**
   * Asked when a point of no return has failed for good: whether any part of its effect may be there. Only where not is what came
   * before undone. Without it `probe` is asked, which must then see half an effect too. Throwing means yes.
   */
  mayHaveBegun?(context: StepContext<P>): Promise<boolean>;
  /**
   * What a human may type in place of this step when the operation stops in it, one command a line: made of what is known, asking
   * nobody, without a secret.
   */
  byHand?(context: StepContext<P>): readonly string[];
  /**
   * Puts back what was captured. Called for every step that had an INTENT, also for one that failed: so it must bear that the
   * effect is absent, partial, or undone already.
   */
  undo?(context: StepContext<P>, captured: C): Promise<void>;
}
