import type { ErrorReply } from '@novacron/contracts';
import type { OperationEnd } from '../journal/record.js';
import type { NodeShape, StepShape } from '../steps/runbook.js';

/**
 * `open`: an INTENT has no outcome yet, so the effect may or may not be there. `retry`: failed, to be tried again at `retryAt`.
 * The `undo-…` states mirror them on the way back.
 */
export type StepStatus =
  'pending' | 'open' | 'retry' | 'done' | 'failed' | 'undo-open' | 'undo-retry' | 'undo-failed' | 'undone';

export interface Skipped {
  readonly by: string;
  readonly reason: string;
}

export interface StepState {
  readonly shape: StepShape;
  readonly status: StepStatus;
  readonly attempt: number;
  /** Failed attempts since the start or the last resume; a crash is none. */
  readonly failures: number;
  readonly captured?: unknown;
  readonly result?: unknown;
  readonly error?: ErrorReply;
  readonly retryAt?: string;
  readonly effect?: 'absent' | 'unknown';
  /** A human went on without it: it counts as done, has no result, and nobody has seen its effect. */
  readonly skipped?: Skipped;
  /** Place of the first INTENT among all: undo goes from the highest down. Absent: nothing was ever attempted. */
  readonly order?: number;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  readonly undoAttempt: number;
  readonly undoFailures: number;
}

export interface ApprovalState {
  readonly kind: 'approval';
  readonly status: 'asked' | 'approved' | 'skipped' | 'expired';
  readonly reason: string;
  readonly expiresAt: string;
  readonly approvals: number;
  readonly approvedBy: readonly string[];
  readonly notBy: readonly string[];
  readonly error?: ErrorReply;
}

export interface WaitState {
  readonly kind: 'wait';
  readonly status: 'waiting' | 'waited';
  readonly since: string;
  readonly until: string;
}

/** What replaying a journal gives, and nothing else. Never changed in place. */
export interface OperationState {
  readonly operationId: string;
  readonly service: string;
  readonly runbook: string;
  readonly version: string;
  readonly nodes: readonly NodeShape[];
  readonly params: unknown;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly exclusive?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  /** Records replayed. */
  readonly n: number;
  /** Up to which record `onRecord` is known to have been told. */
  readonly told: number;
  /** Of the last worker that claimed the operation; 0 before the first. */
  readonly token: number;
  /** Who has claimed it, one after the other, while the same step had no outcome. */
  readonly workers: readonly string[];
  readonly phase: 'forward' | 'undoing' | 'stopped' | 'ended';
  /** Where a stop happened, so that resuming goes on there. */
  readonly stoppedFrom?: 'forward' | 'undoing';
  readonly steps: ReadonlyMap<string, StepState>;
  readonly gates: ReadonlyMap<string, ApprovalState | WaitState>;
  readonly abort?: { readonly by: string; readonly reason: string };
  readonly paused?: { readonly by: string; readonly reason: string; readonly until?: string };
  readonly undoReason?: string;
  readonly end?: OperationEnd;
  readonly stop?: { readonly error: ErrorReply; readonly needs: readonly string[]; readonly step?: string };
  /** Nothing is left to do or to tell unless a human asks. */
  readonly settled: boolean;
}

/** Whether a step that cannot be taken back has, or may have, taken effect. */
export function pastPointOfNoReturn(state: OperationState): boolean {
  return [...state.steps.values()].some(
    (step) =>
      step.shape.pointOfNoReturn &&
      step.order !== undefined &&
      step.effect !== 'absent' &&
      ['open', 'retry', 'failed', 'done'].includes(step.status),
  );
}

/** The steps without which a human may let the operation go on: failed ones, once nothing is undone by itself any more. */
export function skippableSteps(state: OperationState): string[] {
  if (!pastPointOfNoReturn(state) || (state.stoppedFrom ?? state.phase) !== 'forward') return [];
  return [...state.steps.values()].flatMap(({ shape, status }) =>
    shape.skippable === true && status === 'failed' ? [shape.name] : [],
  );
}

export function isPaused(state: OperationState, now: number): boolean {
  if (state.paused === undefined) return false;
  return state.paused.until === undefined || Date.parse(state.paused.until) > now;
}

export function resultsOf(state: OperationState): Map<string, unknown> {
  const done = [...state.steps.values()].filter((step) => step.status === 'done' && step.skipped === undefined);
  return new Map(done.map((step) => [step.shape.name, step.result]));
}
