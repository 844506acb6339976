import { DrError, type ErrorReply } from '@novacron/contracts';
import type { OperationEnd } from '../journal/record.js';
import type { NodeShape } from '../steps/runbook.js';
import { isPaused, type OperationState, pastPointOfNoReturn, type StepState } from './operation-state.js';

export type Action =
  /** Capture, then INTENT for all of them in one record. */
  | { readonly kind: 'intend'; readonly steps: readonly string[] }
  /** There is an INTENT without outcome: probe, and run what is absent. */
  | { readonly kind: 'attempt'; readonly step: string }
  | { readonly kind: 'ask'; readonly node: string }
  | { readonly kind: 'expire'; readonly node: string }
  | { readonly kind: 'begin-wait'; readonly node: string }
  | { readonly kind: 'end-wait'; readonly node: string }
  | { readonly kind: 'begin-undo'; readonly reason: string }
  | { readonly kind: 'intend-undo'; readonly step: string }
  | { readonly kind: 'undo'; readonly step: string }
  | { readonly kind: 'end'; readonly end: OperationEnd }
  | { readonly kind: 'stop'; readonly error: ErrorReply; readonly step?: string }
  | { readonly kind: 'settle' }
  /** Nothing before this moment (milliseconds of the epoch), unless a record arrives. */
  | { readonly kind: 'sleep'; readonly until: number };

/** No retry is planned further ahead: one that seems to be is due, as the clock was set back since. */
export const longestBackoffMs = 10_000;

/** How many workers may die in one step, each by its own process, before a human is asked. */
export const workersAtMost = 10;

/**
 * What may happen next, from the journal alone: evidence in, verdict out. An empty list means that only a human's record can
 * move the operation. What a crash left `open` comes out as `attempt`, exactly as what has just been intended does.
 */
export function nextActions(state: OperationState, now: number): Action[] {
  if (state.settled) return [];
  if (state.phase === 'ended' || state.phase === 'stopped') return [{ kind: 'settle' }];
  if (isPaused(state, now)) return whilePaused(state);
  if (state.workers.length > workersAtMost) return giveUpOnWorkers(state);
  return state.phase === 'undoing' ? undoNext(state, now) : forwardNext(state, now);
}

function whilePaused(state: OperationState): Action[] {
  return state.paused?.until === undefined ? [] : [{ kind: 'sleep', until: Date.parse(state.paused.until) }];
}

function forwardNext(state: OperationState, now: number): Action[] {
  if (state.abort !== undefined) return abortNext(state);
  const node = state.nodes.find((each) => !isFinished(state, each));
  if (node === undefined) return [{ kind: 'end', end: { outcome: 'completed' } }];
  if (node.kind === 'steps') return groupNext(state, node, now);
  const gate = state.gates.get(node.name);
  if (gate === undefined) return [{ kind: node.kind === 'approval' ? 'ask' : 'begin-wait', node: node.name }];
  if (gate.kind === 'wait') {
    const due = Date.parse(gate.until);
    return [now >= due ? { kind: 'end-wait', node: node.name } : { kind: 'sleep', until: due }];
  }
  if (gate.status === 'expired' && gate.error !== undefined) return giveUp(state, gate.error);
  const expiry = Date.parse(gate.expiresAt);
  return [now >= expiry ? { kind: 'expire', node: node.name } : { kind: 'sleep', until: expiry }];
}

/** An abort waits for what is open, whose signal it has aborted: only a step with an outcome can be undone. */
function abortNext(state: OperationState): Action[] {
  const open = withStatus(state, 'open');
  if (open.length > 0) return open.map((step) => ({ kind: 'attempt', step: step.shape.name }));
  return [{ kind: 'begin-undo', reason: state.abort?.reason ?? 'aborted' }];
}

/** All siblings are let finish, whatever one of them came to: an outcome that depends on timing could not be resumed. */
function groupNext(state: OperationState, node: NodeShape & { kind: 'steps' }, now: number): Action[] {
  const steps = node.steps.flatMap((shape) => state.steps.get(shape.name) ?? []);
  const failed = steps.find((step) => step.status === 'failed');
  const actions = steps.flatMap((step): Action[] => {
    if (step.status === 'open') return [{ kind: 'attempt', step: step.shape.name }];
    if (step.status !== 'retry' || step.order === undefined) return [];
    const until = Date.parse(step.retryAt ?? state.updatedAt);
    return [isDue(until, now) ? { kind: 'intend', steps: [step.shape.name] } : { kind: 'sleep', until }];
  });
  if (actions.length > 0) return actions;
  if (failed?.error !== undefined) return giveUp(state, failed.error, failed.shape.name);
  const fresh = steps.filter((step) => step.order === undefined);
  const until = Math.max(0, ...fresh.map((step) => (step.retryAt === undefined ? 0 : Date.parse(step.retryAt))));
  if (!isDue(until, now)) return [{ kind: 'sleep', until }];
  return [{ kind: 'intend', steps: fresh.map((step) => step.shape.name) }];
}

/** A step that ends its worker's process would otherwise be tried, and its journal grow, for ever. */
function giveUpOnWorkers(state: OperationState): Action[] {
  const name = [...withStatus(state, 'open'), ...withStatus(state, 'undo-open')][0]?.shape.name;
  const where = name === undefined ? {} : { step: name };
  const error = new DrError(
    'INTERNAL',
    `${workersAtMost} workers have died one after the other in step ${name ?? ''}`,
    {
      hint: "see in the services' logs what ends their processes, and mend that",
      retryable: false,
    },
  );
  return [{ kind: 'stop', error: error.toReply(), ...where }];
}

function giveUp(state: OperationState, error: ErrorReply, step?: string): Action[] {
  if (pastPointOfNoReturn(state)) return [{ kind: 'stop', error, ...(step === undefined ? {} : { step }) }];
  return [{ kind: 'begin-undo', reason: error.message }];
}

function undoNext(state: OperationState, now: number): Action[] {
  const [step] = [...state.steps.values()]
    .filter((each) => each.order !== undefined && each.shape.undoable && each.status !== 'undone')
    .sort((a, b) => (b.order ?? 0) - (a.order ?? 0));
  const reason = state.abort?.reason ?? state.undoReason ?? 'undone';
  if (step === undefined) {
    return [{ kind: 'end', end: { outcome: state.abort === undefined ? 'rolled-back' : 'aborted', reason } }];
  }
  const name = step.shape.name;
  if (step.status === 'undo-open') return [{ kind: 'undo', step: name }];
  if (step.status === 'undo-failed' && step.error !== undefined)
    return [{ kind: 'stop', error: step.error, step: name }];
  const until = step.status === 'undo-retry' ? Date.parse(step.retryAt ?? state.updatedAt) : 0;
  return [isDue(until, now) ? { kind: 'intend-undo', step: name } : { kind: 'sleep', until }];
}

/**
 * What is durable is a time; the wait for it is a timer's, which no clock moves. When that wakes the worker and the time seems as far away as
 * no backoff is, the clock was set back: waiting for it again would take as long as it was set back by.
 */
function isDue(retryAt: number, now: number): boolean {
  return now >= retryAt || retryAt - now > longestBackoffMs;
}

function isFinished(state: OperationState, node: NodeShape): boolean {
  if (node.kind === 'steps') return node.steps.every((step) => state.steps.get(step.name)?.status === 'done');
  const gate = state.gates.get(node.name);
  return gate?.status === 'approved' || gate?.status === 'skipped' || gate?.status === 'waited';
}

function withStatus(state: OperationState, status: StepState['status']): StepState[] {
  return [...state.steps.values()].filter((step) => step.status === status);
}
