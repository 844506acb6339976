import type { Epochs } from '@novacron/bus';
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
    undo: async ({ operationId, params }) => {
      const now = await epochs.current();
      if (now === undefined || now.operationId !== operationId) return;
      await epochs.advance(now.revision, { site: params.from, operationId: `${operationId}-undone` });
    },
  };
}
