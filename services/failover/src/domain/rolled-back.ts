import { FailoverRolledBack } from '@novacron/contracts';
import type { OperationState, RecordOf } from '@novacron/operations';
import { resultsOf } from '@novacron/operations';
import type { FailoverParams } from '../steps/failover-params.js';

/** How a failover that was undone is told: what was put back, and what a human has to see to now. */
export function rolledBack(
  { operationId, reason }: RecordOf<'ended'>,
  state: OperationState,
  params: FailoverParams,
  estate: string,
): FailoverRolledBack {
  const undoneSteps = [...state.steps].flatMap(([name, { status }]) => (status === 'undone' ? [name] : []));
  const needs = needsAfter(state, params, estate, undoneSteps);
  return new FailoverRolledBack({
    ...{ operationId, reason: reason ?? state.undoReason ?? 'aborted', undoneSteps },
    ...(needs.length === 0 ? {} : { needs }),
  });
}

function needsAfter(
  state: OperationState,
  { mode, from, to }: FailoverParams,
  estate: string,
  undoneSteps: readonly string[],
): string[] {
  const results = resultsOf(state);
  const chosen = to ?? (results.get('choose-standby') as { site?: string } | undefined)?.site ?? 'the other site';
  const fence = results.get('confirm-fence') as { poweredOff?: boolean } | undefined;
  const needs: string[] = [];
  if (fence?.poweredOff === true) needs.push(`switch ${from} on again: its power switch was asked to switch it off`);
  if (undoneSteps.includes('promote')) {
    const status = `nats req dr.${estate}.query.failover.status '{}'`;
    needs.push(
      `see that ${chosen}, whose promotion was taken back, can take over again (replication.canTakeOver): ${status}`,
    );
  }
  if (mode === 'unplanned' && state.abort === undefined) {
    const again = JSON.stringify({ to: chosen, mode, reason: '…', by: '…', allowDataLoss: true });
    needs.push(
      `nothing was promoted, and undoing does not bring ${from} back: as long as it does not serve, nobody does. Repair what the reason names, then move it: nats req dr.${estate}.command.failover.start '${again}'`,
    );
  }
  return needs;
}
