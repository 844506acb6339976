import type { OperationState } from '../state/operation-state.js';

/** How long each finished node took that waited for no human, milliseconds: what later operations of the runbook are estimated from. */
export function durationsOf(state: OperationState): Record<string, number> {
  const durations: Record<string, number> = {};
  for (const node of state.nodes) {
    const gate = state.gates.get(node.name);
    if (gate?.kind === 'wait' && gate.status === 'waited') {
      durations[node.name] = Math.max(0, Date.parse(gate.until) - Date.parse(gate.since));
    }
    if (node.kind !== 'steps') continue;
    const spans = node.steps.map((step) => state.steps.get(step.name));
    if (spans.some((step) => step?.status !== 'done')) continue;
    const starts = spans.map((step) => Date.parse(step?.startedAt ?? ''));
    const ends = spans.map((step) => Date.parse(step?.endedAt ?? ''));
    durations[node.name] = Math.max(...ends) - Math.min(...starts);
  }
  return durations;
}

/** Medians by node of the latest runs; a node none of them finished is absent. */
export function estimatesFrom(runs: readonly Readonly<Record<string, number>>[]): Map<string, number> {
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  const medians = [...names].map((name): [string, number] => {
    const values = runs.flatMap((run) => run[name] ?? []).sort((a, b) => a - b);
    return [name, values[Math.floor(values.length / 2)] ?? 0];
  });
  return new Map(medians);
}
