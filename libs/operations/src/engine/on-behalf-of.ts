import { traceOf, withAmbient } from '@novacron/bus';
import type { OperationState } from '../state/operation-state.js';

/**
 * Runs work so that whatever it publishes, asks or logs belongs to the operation: to its correlation and to the trace of the
 * command that began it, whoever's request or whichever takeover has set the work off.
 */
export function onBehalfOf<T>(state: OperationState, work: () => T): T {
  const { correlationId, causationId } = state;
  return withAmbient({ correlationId, ...(causationId === undefined ? {} : { causationId }), ...traceOf(state) }, work);
}
