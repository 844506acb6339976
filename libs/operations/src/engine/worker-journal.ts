import { DrError } from '@novacron/contracts';
import type { NewRecord } from '../journal/record.js';
import type { OperationState } from '../state/operation-state.js';
import type { WorkerContext } from './worker-context.js';

/**
 * Writes as the worker that holds the lease, or not at all: a record of ours is stored only while our clock says that the
 * lease is held and no newer worker has claimed the operation.
 *
 * @throws DrError LEASE_LOST, STALE_TOKEN: stop acting, write nothing.
 */
export async function write(
  context: WorkerContext,
  fields: NewRecord,
  stillRight: (state: OperationState) => boolean = () => true,
): Promise<boolean> {
  return context.log.append(fields, {
    by: context.instance,
    told: context.told,
    guard: (state) => {
      assertOurs(context, state);
      return stillRight(state);
    },
  });
}

/** @throws DrError LEASE_LOST or STALE_TOKEN unless we may act at this very moment. */
export function assertOurs(context: WorkerContext, state: OperationState = context.log.state): void {
  const { lease, token } = context;
  context.signal.throwIfAborted();
  if (!lease.isHeld())
    throw new DrError('LEASE_LOST', `the lease of operation ${state.operationId} is not ours any more`);
  if (state.token > token) {
    throw new DrError('STALE_TOKEN', `operation ${state.operationId} was claimed by a newer worker`);
  }
}
