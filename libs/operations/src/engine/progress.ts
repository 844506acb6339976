import type { OperationState, StepState } from '../state/operation-state.js';
import type { NodeShape } from '../steps/runbook.js';

/** What a step itself says of how far it is. */
export interface StepProgress {
  readonly percent: number;
  readonly note?: string;
}

/** What is not known to be done is never counted whole, however much longer than earlier runs it takes. */
const mostOfOpen = 0.95;

/**
 * How far an operation is, and how long it may still take by earlier runs (undefined without any). A node without a past run
 * counts as the mean of those that have one; with none at all, every node counts the same. A step that says nothing of itself
 * counts by the time that it has taken of what it took before.
 */
export function progressOf(
  state: OperationState,
  nowMs: number,
  estimatesMs: ReadonlyMap<string, number>,
  progress: ReadonlyMap<string, StepProgress>,
): { percent: number; remainingMs?: number } {
  const nodes = state.nodes.filter((node) => node.kind !== 'approval');
  const known = nodes.flatMap((node) => estimatesMs.get(node.name) ?? []);
  const mean = known.length === 0 ? 1 : known.reduce((sum, each) => sum + each, 0) / known.length;
  let total = 0;
  let done = 0;
  for (const node of nodes) {
    const weight = Math.max(1, estimatesMs.get(node.name) ?? mean);
    total += weight;
    done += weight * shareOf(state, node, nowMs, estimatesMs.get(node.name), progress);
  }
  const percent = total === 0 ? 0 : Math.floor((100 * done) / total);
  return known.length === 0 ? { percent } : { percent, remainingMs: Math.round(total - done) };
}

function shareOf(
  state: OperationState,
  node: NodeShape,
  nowMs: number,
  estimateMs: number | undefined,
  progress: ReadonlyMap<string, StepProgress>,
): number {
  if (node.kind !== 'steps') {
    const gate = state.gates.get(node.name);
    if (gate?.kind !== 'wait') return 0;
    return gate.status === 'waited'
      ? 1
      : elapsedShare(gate.since, nowMs, Date.parse(gate.until) - Date.parse(gate.since));
  }
  const parts = node.steps.map(({ name }) => {
    const step = state.steps.get(name);
    return step === undefined ? 0 : stepShare(step, nowMs, estimateMs, progress.get(name));
  });
  return Math.min(...parts);
}

function stepShare(
  step: StepState,
  nowMs: number,
  estimateMs: number | undefined,
  said: StepProgress | undefined,
): number {
  if (step.status === 'done') return 1;
  if (step.status !== 'open') return 0;
  if (said !== undefined) return said.percent / 100;
  return estimateMs === undefined ? 0 : elapsedShare(step.startedAt, nowMs, estimateMs);
}

function elapsedShare(since: string | undefined, nowMs: number, wholeMs: number): number {
  if (since === undefined || wholeMs <= 0) return 0;
  return Math.min(mostOfOpen, Math.max(0, (nowMs - Date.parse(since)) / wholeMs));
}
