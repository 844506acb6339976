import type { ErrorReply } from '@novacron/contracts';
import { isPaused, type OperationState, resultsOf, type StepStatus } from '../state/operation-state.js';
import type { NodeShape } from '../steps/runbook.js';

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
  /** 0 to 100: done nodes, weighed by what earlier runs took. */
  readonly percent: number;
  /** When it may be complete, from earlier runs; absent without any, and while a human is awaited. */
  readonly expectedAt?: string;
  readonly reason?: string;
  readonly error?: ErrorReply;
  readonly needs?: readonly string[];
  readonly paused?: { readonly by: string; readonly reason: string; readonly until?: string };
  readonly aborted?: { readonly by: string; readonly reason: string };
}

export interface StepProgress {
  readonly percent: number;
  readonly note?: string;
}

export function viewOf(
  state: OperationState,
  nowMs: number,
  estimatesMs: ReadonlyMap<string, number> = new Map(),
  progress: ReadonlyMap<string, StepProgress> = new Map(),
): OperationView {
  const status = statusOf(state, nowMs);
  const { operationId, service, runbook, version, correlationId, params, startedAt, updatedAt } = state;
  const { percent, remainingMs } = progressOf(state, estimatesMs, progress);
  const reason = state.end?.reason ?? state.abort?.reason ?? state.undoReason;
  return {
    ...{ operationId, service, runbook, version, correlationId, params, startedAt, updatedAt },
    state: status,
    nodes: state.nodes.map((node) => nodeView(state, node, progress)),
    results: resultsOf(state),
    percent: status === 'completed' ? 100 : percent,
    ...(status === 'running' && remainingMs !== undefined
      ? { expectedAt: new Date(nowMs + remainingMs).toISOString() }
      : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(state.stop === undefined ? {} : { error: state.stop.error, needs: state.stop.needs }),
    ...(state.abort === undefined ? {} : { aborted: state.abort }),
    ...(state.paused === undefined || !isPaused(state, nowMs) ? {} : { paused: state.paused }),
  };
}

export function statusOf(state: OperationState, nowMs: number): OperationStatus {
  if (state.end !== undefined) return state.end.outcome;
  if (state.phase === 'stopped') return 'failed';
  if (isPaused(state, nowMs)) return 'waiting';
  if (state.phase === 'undoing') return 'undoing';
  const waits = [...state.gates.values()].some((gate) => gate.status === 'asked' || gate.status === 'waiting');
  return waits ? 'waiting' : 'running';
}

/** A node without a past run counts as the mean of those that have one; with none at all, every node counts the same. */
function progressOf(
  state: OperationState,
  estimatesMs: ReadonlyMap<string, number>,
  progress: ReadonlyMap<string, StepProgress>,
): { percent: number; remainingMs?: number } {
  const nodes = state.nodes.filter((node) => node.kind === 'steps');
  const known = nodes.flatMap((node) => estimatesMs.get(node.name) ?? []);
  const mean = known.length === 0 ? 1 : known.reduce((sum, each) => sum + each, 0) / known.length;
  let total = 0;
  let done = 0;
  for (const node of nodes) {
    const weight = Math.max(1, estimatesMs.get(node.name) ?? mean);
    const parts = node.steps.map((step) => {
      const status = state.steps.get(step.name)?.status;
      if (status === 'done') return 1;
      return status === 'open' ? (progress.get(step.name)?.percent ?? 0) / 100 : 0;
    });
    total += weight;
    done += weight * Math.min(...parts);
  }
  const percent = total === 0 ? 0 : Math.floor((100 * done) / total);
  return known.length === 0 ? { percent } : { percent, remainingMs: Math.round(total - done) };
}

function nodeView(state: OperationState, node: NodeShape, progress: ReadonlyMap<string, StepProgress>): NodeView {
  if (node.kind === 'steps') {
    const steps = node.steps.flatMap((shape): StepView[] => {
      const step = state.steps.get(shape.name);
      if (step === undefined) return [];
      const { status, attempt, startedAt, endedAt, durationMs, error } = step;
      const said = status === 'open' ? progress.get(shape.name) : undefined;
      return [
        {
          ...{ name: shape.name, title: shape.title, status, attempt },
          ...(startedAt === undefined ? {} : { startedAt }),
          ...(endedAt === undefined ? {} : { endedAt }),
          ...(durationMs === undefined ? {} : { durationMs }),
          ...(error === undefined ? {} : { error }),
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
