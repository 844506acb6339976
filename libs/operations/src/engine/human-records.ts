import { DrError } from '@novacron/contracts';
import { type OperationState, pastPointOfNoReturn, skippableSteps } from '../state/operation-state.js';
import type { OperationLog } from './operation-log.js';

/** How long a human's request waits for the bus before it is refused, milliseconds. */
const requestTimeoutMs = 5_000;

const lateHint = 'nothing was changed; what is still needed is asked for again, or started by hand';
const endedHint = 'it cannot be changed any more: what is still needed is begun as a new operation';

export interface Approval {
  readonly by: string;
  readonly comment?: string;
}

/** Says yes to what the operation asks. @throws DrError CONFLICT when nothing is asked, or by one who said yes already. */
export async function approve(log: OperationLog, approval: Approval): Promise<void> {
  const node = asked(log.state);
  await log.append(
    { kind: 'approved', node, ...(approval.comment === undefined ? {} : { comment: approval.comment }) },
    {
      by: approval.by,
      timeoutMs: requestTimeoutMs,
      guard: (state) => {
        const gate = state.gates.get(asked(state));
        if (gate?.kind !== 'approval' || asked(state) !== node) throw nothingAsked(state);
        if (gate.approvedBy.some((each) => sameName(each, approval.by))) {
          throw new DrError('CONFLICT', `${approval.by} has approved this already`, {
            hint: 'another person must approve',
          });
        }
        if (gate.notBy.some((each) => sameName(each, approval.by))) {
          throw new DrError('CONFLICT', `${approval.by} asked for this and cannot approve it`, {
            hint: 'another person must approve',
          });
        }
        if (Date.parse(gate.expiresAt) <= Date.now()) {
          throw new DrError('CONFLICT', `the time to approve was over at ${gate.expiresAt}`, {
            hint: lateHint,
          });
        }
        return true;
      },
    },
  );
}

/**
 * Asks for the operation to be undone. Asking twice is once.
 * @throws DrError PAST_POINT_OF_NO_RETURN, which says what is possible instead, or CONFLICT when it has ended.
 */
export async function abort(log: OperationLog, by: string, reason: string, resumeCommand: string): Promise<void> {
  const options = { by, timeoutMs: requestTimeoutMs };
  await log.append(
    { kind: 'abort-requested', reason },
    {
      ...options,
      guard: (state) => {
        if (state.abort !== undefined && state.phase !== 'stopped') return false;
        if (state.phase === 'undoing') return false;
        if (state.end !== undefined) throw ended(state);
        if (!pastPointOfNoReturn(state)) return true;
        const possible =
          state.phase === 'stopped'
            ? `repair what it names, then: ${resumeCommand}`
            : 'let it finish, then start a planned operation back';
        const message = `operation ${state.operationId} has passed its point of no return`;
        throw new DrError('PAST_POINT_OF_NO_RETURN', message, { hint: possible });
      },
    },
  );
}

/** Begins no further step until resumed or until the time given; what runs is let finish. */
export async function pause(log: OperationLog, by: string, reason: string, until?: Date): Promise<void> {
  await log.append(
    { kind: 'paused', reason, ...(until === undefined ? {} : { until: until.toISOString() }) },
    {
      by,
      timeoutMs: requestTimeoutMs,
      guard: (state) => {
        if (state.end !== undefined) throw ended(state);
        if (state.phase === 'stopped')
          throw new DrError('CONFLICT', `operation ${state.operationId} has stopped already`);
        return true;
      },
    },
  );
}

/**
 * Ends a pause, or tries again what stopped for a human, without the failed step `skip`.
 * @throws DrError CONFLICT, also for a step that has not failed or that nothing may go on without; the hint names those that may.
 */
export async function resume(log: OperationLog, by: string, reason?: string, skip?: string): Promise<void> {
  await log.append(
    { kind: 'resumed', ...(reason === undefined ? {} : { reason }), ...(skip === undefined ? {} : { skip }) },
    {
      by,
      timeoutMs: requestTimeoutMs,
      guard: (state) => {
        if (skip !== undefined) assertSkippable(state, skip);
        if (state.end !== undefined) throw ended(state);
        if (state.phase === 'stopped' || state.paused !== undefined) return true;
        throw new DrError('CONFLICT', `operation ${state.operationId} is neither paused nor stopped`, {
          hint: 'let it go on; it can be aborted before its point of no return',
        });
      },
    },
  );
}

/** @throws DrError CONFLICT for a step without which the operation cannot go on now; the hint names those without which it can. */
export function assertSkippable(state: OperationState, name: string): void {
  if (state.end !== undefined) throw ended(state);
  const possible = state.phase === 'stopped' ? skippableSteps(state) : [];
  if (possible.includes(name)) return;
  throw new DrError('CONFLICT', `operation ${state.operationId} cannot go on without step ${name}`, {
    hint: `without these it can: ${possible.join(', ') || 'none now'}`,
  });
}

function asked(state: OperationState): string {
  const gate = [...state.gates].find(([, each]) => each.kind === 'approval' && each.status === 'asked');
  if (gate === undefined || state.phase !== 'forward' || state.abort !== undefined) throw nothingAsked(state);
  return gate[0];
}

function sameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

function nothingAsked(state: OperationState): DrError {
  const gates = [...state.gates.values()].filter((gate) => gate.kind === 'approval');
  const approved = gates.find((gate) => gate.status === 'approved')?.approvedBy ?? [];
  const why = [
    ...(approved.length === 0 ? [] : [`it was approved by ${approved.join(' and ')}`]),
    ...(gates.some((gate) => gate.status === 'expired') ? ['the time to approve is over'] : []),
    ...(state.end === undefined ? [] : [`it has ended: ${state.end.outcome}`]),
  ];
  const because = why.length === 0 ? '' : `: ${why.join('; ')}`;
  const isExpired = gates.some((gate) => gate.status === 'expired');
  const hint = isExpired
    ? lateHint
    : state.end === undefined
      ? 'its status says what it does; it can be aborted before its point of no return'
      : endedHint;
  return new DrError('CONFLICT', `operation ${state.operationId} does not wait for an approval${because}`, { hint });
}

function ended(state: OperationState): DrError {
  return new DrError('CONFLICT', `operation ${state.operationId} has ended: ${state.end?.outcome ?? ''}`, {
    hint: endedHint,
  });
}
