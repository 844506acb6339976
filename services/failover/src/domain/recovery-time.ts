import { RecoveryTime } from '@novacron/contracts';
import type { OperationState } from '@novacron/operations';
import type { FailoverParams } from '../steps/failover-params.js';

/** Which nodes and steps of the runbooks belong to which part of an outage; one after the other, so that nothing counts twice. */
const parts = {
  fenceMs: ['fence', 'weigh', 'make-ready', 'fence-route', 'stop-old', 'await-handover'],
  promoteMs: ['commit', 'advance-epoch', 'promote', 'open-writes'],
  validateMs: ['prove-target', 'validate'],
} as const;

/**
 * An outage in its parts. It begins with the first failure that was seen, in a planned move with the operation, and ends with the
 * validation from outside; what comes after it nobody waits for.
 */
export function recoveryTime(state: OperationState, params: FailoverParams): RecoveryTime {
  const startedMs = Date.parse(state.startedAt);
  const detectedMs = params.detectedAt === undefined ? startedMs : Date.parse(params.detectedAt);
  const failingMs =
    params.failingSince === undefined ? detectedMs : Math.min(detectedMs, Date.parse(params.failingSince));
  const decidedMs = Math.max(detectedMs, Date.parse(params.decidedAt));
  const endedMs = endOf(state, 'validate') ?? Date.parse(state.updatedAt);
  const spent = Object.fromEntries(
    Object.entries(parts).map(([part, nodes]) => [part, nodes.reduce((sum, node) => sum + spanOf(state, node), 0)]),
  ) as Record<keyof typeof parts, number>;
  return Object.assign(new RecoveryTime(), {
    totalMs: atLeastZero(endedMs - failingMs),
    detectMs: atLeastZero(detectedMs - failingMs),
    decideMs: params.mode === 'planned' ? 0 : atLeastZero(decidedMs - detectedMs),
    approveMs: params.approval === undefined ? 0 : atLeastZero((beginOf(state, 'fence') ?? startedMs) - startedMs),
    ...spent,
    // A planned move switches while it promotes: what that takes longer.
    routeMs: spanOf(state, 'switch', endOf(state, 'promote')),
  });
}

function stepsOf(state: OperationState, name: string) {
  const node = state.nodes.find((each) => each.name === name);
  const names = node?.kind === 'steps' ? node.steps.map((step) => step.name) : [name];
  return names.flatMap((step) => state.steps.get(step) ?? []);
}

function beginOf(state: OperationState, node: string): number | undefined {
  const begun = stepsOf(state, node).flatMap(({ startedAt }) =>
    startedAt === undefined ? [] : [Date.parse(startedAt)],
  );
  return begun.length === 0 ? undefined : Math.min(...begun);
}

function endOf(state: OperationState, node: string): number | undefined {
  const ended = stepsOf(state, node).flatMap(({ endedAt }) => (endedAt === undefined ? [] : [Date.parse(endedAt)]));
  return ended.length === 0 ? undefined : Math.max(...ended);
}

function spanOf(state: OperationState, node: string, notBeforeMs = 0): number {
  return atLeastZero((endOf(state, node) ?? 0) - Math.max(beginOf(state, node) ?? 0, notBeforeMs));
}

function atLeastZero(ms: number): number {
  return Math.max(0, Math.round(ms));
}
