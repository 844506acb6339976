import type { ErrorReply } from '@novacron/contracts';
import {
  type ApprovalState,
  isPaused,
  type OperationState,
  resultsOf,
  type Skipped,
  type StepStatus,
  type WaitState,
} from '../state/operation-state.js';
import type { NodeShape } from '../steps/runbook.js';
import { progressOf, type StepProgress } from './progress.js';

export const restingStates = ['completed', 'rolled-back', 'failed', 'aborted'] as const;

/** `failed`: stopped for a human, `needs` says what for. `waiting`: for an approval, a time, or the end of a pause. */
export type OperationStatus = 'running' | 'waiting' | 'undoing' | (typeof restingStates)[number];

export interface StepView {
  readonly name: string;
  readonly title: string;
  readonly status: StepStatus;
  readonly attempt: number;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  readonly error?: ErrorReply;
  /** Who went on without it, and why: nobody has seen its effect. */
  readonly skipped?: Skipped;
  /** What the step itself last said; known only where it runs. */
  readonly percent?: number;
  readonly note?: string;
}

export interface NodeView {
  readonly kind: NodeShape['kind'];
  readonly name: string;
  readonly steps: readonly StepView[];
  readonly gate?: {
    readonly status: string;
    readonly reason?: string;
    readonly approvedBy?: readonly string[];
    readonly approvals?: number;
    readonly until: string;
  };
}

/** An operation as a human or another service is told about it. */
export interface OperationView {
  readonly operationId: string;
  readonly service: string;
  readonly runbook: string;
  readonly version: string;
  readonly state: OperationStatus;
  readonly correlationId: string;
  readonly params: unknown;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly nodes: readonly NodeView[];
  readonly results: ReadonlyMap<string, unknown>;
  /** 0 to 100: what is done, weighed by what earlier runs took. */
  readonly percent: number;
  /** When it may be complete, from earlier runs; absent without any, while a human is awaited, and on the way back. */
  readonly expectedAt?: string;
  readonly reason?: string;
  readonly error?: ErrorReply;
  readonly needs?: readonly string[];
  readonly paused?: { readonly by: string; readonly reason: string; readonly until?: string };
  readonly aborted?: { readonly by: string; readonly reason: string };
}

export function viewOf(
  state: OperationState,
  nowMs: number,
  estimatesMs: ReadonlyMap<string, number> = new Map(),
  progress: ReadonlyMap<string, StepProgress> = new Map(),
): OperationView {
  const status = statusOf(state, nowMs);
  const { operationId, service, runbook, version, correlationId, params, startedAt, updatedAt } = state;
  const { percent, remainingMs } = progressOf(state, nowMs, estimatesMs, progress);
  const reason = state.end?.reason ?? state.abort?.reason ?? state.undoReason;
  return {
    ...{ operationId, service, runbook, version, correlationId, params, startedAt, updatedAt },
    state: status,
    nodes: state.nodes.map((node) => nodeView(state, node, progress)),
    results: resultsOf(state),
    percent: status === 'completed' ? 100 : percent,
    ...(remainingMs !== undefined && movesByItself(state, status)
      ? { expectedAt: new Date(nowMs + remainingMs).toISOString() }
      : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(state.stop === undefined ? {} : { error: state.stop.error, needs: state.stop.needs }),
    ...(state.abort === undefined ? {} : { aborted: state.abort }),
    ...(state.paused === undefined || !isPaused(state, nowMs) ? {} : { paused: state.paused }),
  };
}

function movesByItself(state: OperationState, status: OperationStatus): boolean {
  if (status === 'running') return true;
  return status === 'waiting' && state.paused === undefined && ![...state.gates.values()].some(isAsked);
}

function isAsked(gate: ApprovalState | WaitState): boolean {
  return gate.status === 'asked';
}

export function statusOf(state: OperationState, nowMs: number): OperationStatus {
  if (state.end !== undefined) return state.end.outcome;
  if (state.phase === 'stopped') return 'failed';
  if (isPaused(state, nowMs)) return 'waiting';
  if (state.phase === 'undoing') return 'undoing';
  const waits = [...state.gates.values()].some((gate) => gate.status === 'asked' || gate.status === 'waiting');
  return waits ? 'waiting' : 'running';
}

function nodeView(state: OperationState, node: NodeShape, progress: ReadonlyMap<string, StepProgress>): NodeView {
  if (node.kind === 'steps') {
    const steps = node.steps.flatMap((shape): StepView[] => {
      const step = state.steps.get(shape.name);
      if (step === undefined) return [];
      const { status, attempt, startedAt, endedAt, durationMs, error, skipped } = step;
      const said = status === 'open' ? progress.get(shape.name) : undefined;
      return [
        {
          ...{ name: shape.name, title: shape.title, status, attempt },
          ...(startedAt === undefined ? {} : { startedAt }),
          ...(endedAt === undefined ? {} : { endedAt }),
          ...(durationMs === undefined ? {} : { durationMs }),
          ...(error === undefined ? {} : { error }),
          ...(skipped === undefined ? {} : { skipped }),
          ...said,
        },
      ];
    });
    return { kind: node.kind, name: node.name, steps };
  }
  const gate = state.gates.get(node.name);
  if (gate === undefined) return { kind: node.kind, name: node.name, steps: [] };
  if (gate.kind === 'wait') {
    return { kind: node.kind, name: node.name, steps: [], gate: { status: gate.status, until: gate.until } };
  }
  const { status, reason, approvedBy, approvals, expiresAt } = gate;
  return {
    kind: node.kind,
    name: node.name,
    steps: [],
    gate: { status, reason, approvedBy, approvals, until: expiresAt },
  };
}
