import type { ErrorReply } from '@novacron/contracts';
import type { NodeShape } from '../steps/runbook.js';

/**
 * One fact of an operation's journal, plain JSON, version 1 for ever: within it only optional fields are added. `n` counts
 * the records of the operation from 1, so that a gap is seen.
 */
interface Head {
  readonly v: 1;
  /** Unique; tells our own record from another's when an acknowledgement was lost. */
  readonly id: string;
  readonly n: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly operationId: string;
  readonly service: string;
  readonly runbook: string;
  /** The worker that wrote it, or the person who asked. */
  readonly by: string;
  /** Up to which record `onRecord` had been told when this one was written. */
  readonly told?: number;
}

export interface OperationEnd {
  readonly outcome: 'completed' | 'rolled-back' | 'aborted';
  readonly reason?: string;
}

/** What each kind of record says beside its head. */
export interface RecordFields {
  started: {
    version: string;
    nodes: readonly NodeShape[];
    params: unknown;
    correlationId: string;
    causationId?: string;
    exclusive?: string;
    /** W3C trace context that everything the operation says belongs to. */
    traceparent?: string;
    tracestate?: string;
  };
  /** A worker holds the lease under this token; every older worker's appends are refused from here on. */
  claimed: { token: number };
  /** About to act. Siblings of a parallel group stand in one record, so that a group starts whole or not at all. */
  intent: { steps: readonly { name: string; attempt: number; captured?: unknown }[] };
  /** `found`: the probe saw the effect, nothing was run. */
  done: { step: string; attempt: number; found: boolean; durationMs: number; result?: unknown };
  /** Without `retryAt` the step has failed for good. `effect` is what the probe of a point of no return said. */
  failed: { step: string; attempt: number; error: ErrorReply; retryAt?: string; effect?: 'absent' | 'unknown' };
  'approval-requested': {
    node: string;
    reason: string;
    expiresAt: string;
    approvals: number;
    notBy?: readonly string[];
  };
  approved: { node: string; comment?: string };
  /** Nobody had to be asked. */
  skipped: { node: string };
  expired: { node: string; error: ErrorReply };
  waiting: { node: string; until: string };
  waited: { node: string };
  'abort-requested': { reason: string };
  paused: { reason: string; until?: string };
  /** Ends a pause, or tries again after a stop; without the step named, which counts as done from here on. */
  resumed: { reason?: string; skip?: string };
  undoing: { reason: string };
  'undo-intent': { step: string; attempt: number };
  undone: { step: string; attempt: number; durationMs: number };
  'undo-failed': { step: string; attempt: number; error: ErrorReply; retryAt?: string };
  ended: OperationEnd;
  /** A human is needed: `needs` are the exact commands that may come next. */
  stopped: { error: ErrorReply; needs: readonly string[]; step?: string };
  /** Everything was told and nothing happens any more unless a human asks. Carries what estimates are made of. */
  settled: { outcome: string; version: string; durationsMs: Readonly<Record<string, number>> };
}

export type RecordKind = keyof RecordFields;

export type JournalRecord = { [K in RecordKind]: Head & { readonly kind: K } & Readonly<RecordFields[K]> }[RecordKind];

export type RecordOf<K extends RecordKind> = Extract<JournalRecord, { kind: K }>;

/** What a record says before it has its place in the journal. */
export type NewRecord = { [K in RecordKind]: { readonly kind: K } & Readonly<RecordFields[K]> }[RecordKind];
