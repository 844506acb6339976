import type { Step } from '@novacron/operations';
import type { EstateWatch } from '../../adapters/estate-watch.js';
import type { RestorationParams } from './restoration-params.js';

/**
 * A step under the two rules of a restoration: it begins only in the epoch that was planned in, and it counts as done only when
 * no database took writes on two sites.
 */
export function watched<C, R>(
  step: Step<RestorationParams, C, R>,
  watch: EstateWatch,
  { beforeSwitch }: { readonly beforeSwitch: boolean },
): Step<RestorationParams, C, R> {
  return {
    ...step,
    run: async (context, captured) => {
      if (beforeSwitch) await watch.assertEpoch(context.params);
      return step.run(context, captured);
    },
    verify: async (context, result) => {
      await step.verify(context, result);
      await watch.assertOnePrimary(context.signal);
    },
  };
}
