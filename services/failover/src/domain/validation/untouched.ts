import type { ClosedState, EpochHolder } from '@novacron/drivers';

/** Why a promoted server may have been written to; undefined: it is closed, ours, and nothing was written since its epoch. */
export function touched(state: ClosedState, { epoch, operationId }: EpochHolder): string | undefined {
  if (!state.closed) return 'is open to writes';
  const { holder, writesSinceEpoch } = state;
  if (holder?.epoch !== epoch || holder.operationId !== operationId)
    return holder === undefined ? 'holds no epoch' : `holds epoch ${holder.epoch} of ${holder.operationId}`;
  if (writesSinceEpoch === undefined) return 'does not say what was written';
  return writesSinceEpoch === 0 ? undefined : `was written to ${writesSinceEpoch} times although it is closed`;
}
