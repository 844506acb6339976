import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { fenceLevel, suffices } from '../domain/fence-level.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, type StepResults } from './results.js';

/** Weighs what was confirmed against what policy asks: without it nothing is promoted, unless a human took the risk. */
export function confirmFence(): Step<FailoverParams, undefined, StepResults['confirm-fence']> {
  return {
    name: 'confirm-fence',
    title: 'weigh the fence that was reached against policy',
    timeoutMs: 5_000,
    attempts: 1,
    describe: ({ fenceRequired }) => [`nothing; goes on only when the fence reaches ${fenceRequired}`],
    probe: () => Promise.resolve(undefined),
    run: (context) => {
      const level = fenceLevel({
        poweredOff: resultOf(context, 'fence-power').poweredOff,
        unrouted: resultOf(context, 'fence-route').backends > 0,
        commitsBlocked: resultOf(context, 'fence-commits').commitsBlocked,
      });
      const { fenceRequired, allowDataLoss, from } = context.params;
      if (suffices(level, fenceRequired) || allowDataLoss) return Promise.resolve({ level });
      throw new DrError(
        'FENCE_INSUFFICIENT',
        `the fence around ${from} reached ${level}, policy asks for ${fenceRequired}`,
        {
          hint: 'make sure by hand that it is off, then start the failover again with allowDataLoss',
        },
      );
    },
    verify: () => Promise.resolve(),
  };
}
