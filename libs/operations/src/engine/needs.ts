import type { ErrorReply } from '@novacron/contracts';
import { type OperationState, pastPointOfNoReturn } from '../state/operation-state.js';
import type { HumanCommands } from './worker-context.js';

/** What a human must do about a stop, and every command that may come next, as it is typed. */
export function needsOf(
  state: OperationState,
  error: ErrorReply,
  commands: HumanCommands,
  step: string | undefined,
): string[] {
  const where = step === undefined ? '' : ` (step ${step})`;
  const repair = error.hint === '' ? error.message : error.hint;
  const needs = [`first: ${repair}${where}`, `then go on: ${commands.resume(state.operationId)}`];
  if (!pastPointOfNoReturn(state) && state.phase !== 'undoing') {
    needs.push(`or undo it: ${commands.abort(state.operationId)}`);
  }
  return needs;
}

/** The commands of DESIGN §3, for a service whose verbs are the usual ones. */
export function natsCommands(estate: string, service: string): HumanCommands {
  const request = (verb: string, fields: Record<string, string>): string =>
    `nats req dr.${estate}.command.${service}.${verb} '${JSON.stringify(fields)}'`;
  return {
    resume: (operationId) => request('resume', { operationId, by: '…' }),
    abort: (operationId) => request('abort', { operationId, reason: '…' }),
    approve: (operationId) => request('approve', { operationId, by: '…' }),
  };
}
