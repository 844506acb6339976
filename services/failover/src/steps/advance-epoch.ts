import type { Epoch, Epochs } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverParams } from './failover-params.js';
import { type StepResults, targetOf } from './results.js';

/**
 * The estate moves to its next epoch before anything is promoted: from here on the old primary may not start as one. A
 * compare-and-swap on the epoch the decision was made in, so that of two failovers one is refused.
 */
export function advanceEpoch(epochs: Epochs): Step<FailoverParams, undefined, StepResults['advance-epoch']> {
  return {
    name: 'advance-epoch',
    title: 'move the estate to its next epoch',
    timeoutMs: 10_000,
    attempts: 3,
    describe: ({ epoch, from, to }) => [
      `epoch ${epoch} → ${epoch + 1}, held by ${from} → ${to ?? 'the chosen standby'}`,
    ],
    probe: async (context) => {
      const now = await epochs.current();
      return now?.operationId === context.operationId && now.site === targetOf(context)
        ? { epoch: now.epoch }
        : undefined;
    },
    run: async (context) => {
      const { operationId, params } = context;
      const { epoch } = await epochs.advance(params.epochRevision, { site: targetOf(context), operationId });
      return { epoch };
    },
    verify: async (context) => {
      const now = await epochs.current();
      if (now?.operationId !== context.operationId)
        throw new DrError('EPOCH_MISMATCH', 'the estate has moved to another epoch');
    },
    undo: async ({ operationId, params, results }) => {
      const now = await epochs.current();
      // Where the epoch was never ours, somebody else was quicker: what was fenced for it is put back as it was.
      if (results.has('advance-epoch') && isOvertaken(now, operationId, params)) throw overtaken(now);
      if (now?.operationId !== operationId) return;
      await epochs.advance(now.revision, { site: params.from, operationId: undoneId(operationId) });
    },
  };
}

const undoneId = (operationId: string): string => `${operationId}-undone`;

/**
 * Whether service was moved by somebody else since: the epoch is neither the one that the operation was decided in nor one that it
 * made itself. What it would do next, or put back, was right for an estate that is no more.
 */
export function isOvertaken(now: Epoch | undefined, operationId: string, { epochRevision }: FailoverParams): boolean {
  if (now === undefined || now.revision === epochRevision) return false;
  return now.operationId !== operationId && now.operationId !== undoneId(operationId);
}

/** @returns DrError EPOCH_MISMATCH, not retryable. */
export function overtaken(now: Epoch | undefined): DrError {
  const place = now === undefined ? '' : `: ${now.site} holds epoch ${now.epoch}, by ${now.operationId}`;
  return new DrError('EPOCH_MISMATCH', `service has been moved since${place}`, {
    hint: 'leave this operation as it is, and look at query.failover.status: what it would change is not its own any more',
    retryable: false,
  });
}
