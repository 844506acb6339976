import { RecoveryCompleted, RecoveryFailed, RecoveryPhaseDone, RecoveryStarted } from '@novacron/contracts';
import { type JournalRecord, type OperationState, resultsOf } from '@novacron/operations';
import type { RestoreParams, RestoreResults } from '../steps/restore/restore-params.js';
import type { RecordEvent } from './record-event.js';
import { resultField, stopOf } from './operation-end.js';

/** A restore is told as a recovery of type test: it touches nothing that runs. */
export function restoreEvents(record: JournalRecord, state: OperationState): RecordEvent[] {
  const { operationId } = record;
  const { point } = state.params as RestoreParams;
  const { backupId, targetTime } = point;
  const at = targetTime === undefined ? {} : { targetTime };
  if (record.kind === 'started') {
    const event = new RecoveryStarted({ operationId, type: 'test', backupId, ...at, startedAt: record.at });
    return [{ event, id: `${operationId}:started` }];
  }
  if (record.kind === 'done') {
    const steps = state.nodes.flatMap((node) => (node.kind === 'steps' ? node.steps : []));
    const index = steps.findIndex(({ name }) => name === record.step);
    const event = new RecoveryPhaseDone({
      operationId,
      phase: record.step,
      title: steps[index]?.title ?? record.step,
      index: index + 1,
      phases: steps.length,
      durationMs: Math.round(record.durationMs),
      ...resultField(record.result),
    });
    return [{ event, id: `${operationId}:${record.step}:${record.attempt}` }];
  }
  const stop = stopOf(record, state);
  if (stop !== undefined) {
    return [{ event: new RecoveryFailed({ operationId, ...stop }), id: `${operationId}:failed:${record.n}` }];
  }
  if (record.kind !== 'ended') return [];
  const results = resultsOf(state);
  const proof = results.get('verify') as RestoreResults['verify'] | undefined;
  const chosen = results.get('choose-backup') as RestoreResults['choose-backup'] | undefined;
  const recoveredTo = proof?.recoveredTo ?? chosen?.completedAt;
  const event = new RecoveryCompleted({
    operationId,
    type: 'test',
    durationMs: Math.max(0, Date.parse(record.at) - Date.parse(state.startedAt)),
    backupId,
    ...(recoveredTo === undefined ? {} : { recoveredTo }),
    ...(proof === undefined ? {} : { recoveredLsn: proof.recoveredLsn }),
  });
  return [{ event, id: `${operationId}:completed` }];
}
