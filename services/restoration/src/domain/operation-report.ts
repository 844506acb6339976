import type { OperationView } from '@novacron/operations';
import type { RestorationParams, RestorationResults } from '../steps/home/restoration-params.js';
import type { RestoreParams, RestoreResults } from '../steps/restore/restore-params.js';
import { isRestore } from './operation-kinds.js';
import { phases } from './phases.js';

/** An operation with what it measured and proved, for people and for other programs. */
export function reportOf(view: OperationView): Record<string, unknown> {
  return { ...headOf(view), ...(isRestore(view.runbook) ? restoreReport(view) : restorationReport(view)) };
}

function headOf(view: OperationView): Record<string, unknown> {
  const { operationId, runbook, state, startedAt, updatedAt, percent, reason, error, needs } = view;
  const durationMs = Date.parse(updatedAt) - Date.parse(startedAt);
  const steps = view.nodes.flatMap((node) => node.steps.map(({ title: _title, ...step }) => step));
  return { operationId, runbook, state, startedAt, durationMs, percent, reason, error, needs, steps };
}

function restoreReport({ params, results }: OperationView): Record<string, unknown> {
  const { component, point, keep } = params as RestoreParams;
  const result = <K extends keyof RestoreResults>(step: K) => results.get(step) as RestoreResults[K] | undefined;
  const proof = result('verify');
  const cache = result('load-cache');
  const dump = result('load-dump');
  const port = proof?.port ?? dump?.port ?? cache?.port;
  return {
    component,
    backupId: point.backupId,
    store: point.store,
    targetTime: point.targetTime,
    timeline: point.timeline,
    recoveredTo: proof?.recoveredTo ?? result('choose-backup')?.completedAt,
    recoveredLsn: proof?.recoveredLsn,
    structure: proof?.structure ?? dump?.structure,
    lastHeartbeatAt: proof?.lastHeartbeatAt,
    database: dump?.database,
    rows: proof?.rows ?? dump?.rows,
    rowCount: proof?.rowCount ?? dump?.rowCount,
    keys: cache?.keys,
    ...(keep && port !== undefined ? { host: '127.0.0.1', port } : {}),
  };
}

function restorationReport({ params, results, nodes }: OperationView): Record<string, unknown> {
  const { from, to, reason } = params as RestorationParams;
  const steps = nodes.flatMap((node) => node.steps);
  const done = (name: string): boolean => steps.some((step) => step.name === name && step.status === 'done');
  const result = <K extends keyof RestorationResults>(step: K) =>
    results.get(step) as RestorationResults[K] | undefined;
  return {
    fromSite: from,
    toSite: to,
    why: reason,
    phases: phases.map(({ phase, title, steps: names }) => ({ phase, title, done: names.every(done) })),
    damage: result('assess-damage')?.databases,
    rejoined: result('synchronize')?.rejoined,
    watch: result('monitor'),
    results: Object.fromEntries(results),
  };
}
