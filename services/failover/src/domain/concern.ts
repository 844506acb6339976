import type { OperationView } from '@novacron/operations';
import type { Verdict } from './verdict/decide.js';

/** Trouble with the active site that has not ended: judged again and again, because a verdict holds only for its moment. */
export interface Concern {
  readonly site: string;
  /** Of the epoch in which the site is active: a later one has other troubles. */
  readonly epoch: number;
  /** The news that opened it; what follows is caused by it. */
  readonly newsId: string;
  readonly correlationId: string;
  /** When the trouble was established, and when its first failure was seen: RFC 3339. */
  readonly detectedAt: string;
  readonly failingSince: string;
  /** Since when a rule has been sure enough to act, milliseconds of the epoch. */
  readonly sureSinceMs?: number;
  /** What was said last, so that only a change is said again. */
  readonly told: string;
  readonly verdicts: number;
  /** Operations begun for it so far, and the last of them. */
  readonly attempts: number;
  readonly operationId?: string;
  readonly declined?: { readonly by: string; readonly reason: string };
  /** Whether it was for want of a fence: only then is a human asked to go on without one. */
  readonly undone?: { readonly operationId: string; readonly reason: string; readonly forWantOfFence?: boolean };
}

/** What a verdict says, without its figures. */
export function signatureOf({ action, code, targetSite = '' }: Verdict): string {
  return `${action} ${code} ${targetSite}`;
}

/** The concern while a rule is, or is not, sure enough to act; not since later than now, whatever clock said so. */
export function withSureness(concern: Concern, isSure: boolean, nowMs: number): Concern {
  const { sureSinceMs, ...rest } = concern;
  return isSure ? { ...rest, sureSinceMs: Math.min(sureSinceMs ?? nowMs, nowMs) } : rest;
}

/**
 * The concern after its operation has ended: a human's abort is a decision against it; an approval that nobody gave in time
 * is asked for again; what was undone or has stopped for another reason is not tried again without a human.
 */
export function afterOperation(concern: Concern, view: OperationView): Concern {
  const { operationId: _ended, ...rest } = concern;
  if (view.state === 'aborted') {
    // Aborted by us: it was withdrawn, and what comes next is judged anew.
    if (view.aborted === undefined || view.aborted.by === withdrawer) return rest;
    return { ...rest, declined: view.aborted };
  }
  if (view.state === 'failed') {
    const reason = `it has stopped for a human: ${view.error?.message ?? 'no reason was given'}`;
    return { ...rest, undone: { operationId: view.operationId, reason } };
  }
  if (view.state !== 'rolled-back') return concern;
  if (view.nodes.some(({ gate }) => gate?.status === 'expired')) return rest;
  const { operationId, reason = 'no reason was given' } = view;
  return { ...rest, undone: { operationId, reason, forWantOfFence: wantedFence(view) } };
}

function wantedFence({ nodes }: OperationView): boolean {
  return nodes.some(({ steps }) => steps.some(({ error }) => error?.code === 'FENCE_INSUFFICIENT'));
}

/** In whose name the service takes back what it asked. */
export const withdrawer = 'failover';

/** Whether an operation still waits for the yes it began with, so that nothing has been touched. */
export function awaitsApproval(view: OperationView): boolean {
  return view.nodes.some(({ kind, gate }) => kind === 'approval' && gate?.status === 'asked');
}
