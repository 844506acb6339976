import type { ErrorReply } from '@novacron/contracts';
import { type OperationState, pastPointOfNoReturn, skippableSteps } from '../state/operation-state.js';
import type { HumanCommands } from './worker-context.js';

/** No longer list is read, and a message has to stay small. */
const repairsAtMost = 14;
const needsAtMost = 20;

/**
 * What a human must do about a stop, and every command that may come next, as it is typed: for the step that stopped it, and for
 * each sibling that failed beside it. `byHand` says what may be typed in a step's place.
 */
export function needsOf(
  state: OperationState,
  error: ErrorReply,
  commands: HumanCommands,
  step: string | undefined,
  byHand: (step: string) => readonly string[] = () => [],
): string[] {
  // On the way back a step's own work is not what is missing.
  const isForward = state.phase !== 'undoing';
  const typed = (name: string): string[] => (isForward ? byHand(name).map((line) => `by hand: ${line}`) : []);
  const besides = [...state.steps.values()].flatMap(({ status, shape, error: other }) =>
    isForward && status === 'failed' && shape.name !== step && other !== undefined
      ? [`and: ${other.message} (step ${shape.name})`, ...typed(shape.name)]
      : [],
  );
  const repair = error.hint === '' ? error.message : error.hint;
  const first = step === undefined ? [`first: ${repair}`] : [`first: ${repair} (step ${step})`, ...typed(step)];
  const needs = [...first, ...besides].slice(0, repairsAtMost);
  needs.push(`then go on: ${commands.resume(state.operationId)}`);
  const without = skippableSteps(state).map((name) => `or go on without it: ${commands.skip(state.operationId, name)}`);
  needs.push(...without.slice(0, needsAtMost - needs.length));
  if (!pastPointOfNoReturn(state) && isForward) needs.push(`or undo it: ${commands.abort(state.operationId)}`);
  return needs;
}

/** The commands of DESIGN §3, for a service whose verbs are the usual ones. */
export function natsCommands(estate: string, service: string): HumanCommands {
  const request = (verb: string, fields: Record<string, string>): string =>
    `nats req dr.${estate}.command.${service}.${verb} '${JSON.stringify(fields)}'`;
  return {
    skip: (operationId, skip) => request('resume', { operationId, by: '…', skip, reason: '…' }),
    resume: (operationId) => request('resume', { operationId, by: '…' }),
    abort: (operationId) => request('abort', { operationId, reason: '…' }),
    approve: (operationId) => request('approve', { operationId, by: '…' }),
  };
}
