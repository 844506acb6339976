import { BackupDrilled } from '@novacron/contracts';
import type { OperationState, RecordOf } from '@novacron/operations';
import { resultsOf } from '@novacron/operations';
import type { Compared, DrillParams, NotedHeartbeat, RestoredAside } from './drill-params.js';
import { resultOf } from './drill-runbook.js';

/** The proof, once it is noted in the catalog; nothing for the steps before. */
export function drilledOf(record: RecordOf<'done'>, state: OperationState): BackupDrilled | undefined {
  if (record.step !== 'compare') return undefined;
  const { backupId, store, component, rtoMs } = state.params as DrillParams;
  const context = { results: resultsOf(state) };
  const { operationId, durationMs, recoveredTo } = resultOf<RestoredAside>(context, 'restore-aside');
  const { seq } = resultOf<NotedHeartbeat>(context, 'note-heartbeat');
  const { withinRto, heartbeatFound } = resultOf<Compared>(context, 'compare');
  return new BackupDrilled({
    ...{ backupId, store, component, durationMs, rtoMs, withinRto, heartbeatExpected: seq, heartbeatFound },
    ...{ recoveredTo, operationId },
  });
}
