import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { fenceLevel, suffices } from '../domain/fence-level.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, type StepResults } from './results.js';
import { switchOff } from './switch-off.js';

const powerPatienceMs = 60_000;

/**
 * Weighs what was confirmed against what policy asks, and climbs to the power switch only where that is not enough: without
 * a fence nothing is promoted, unless a human took the risk. Where a lower level suffices the switch follows later, since
 * customers wait for this step.
 */
export function confirmFence(targets: FailoverTargets): Step<FailoverParams, undefined, StepResults['confirm-fence']> {
  return {
    name: 'confirm-fence',
    title: 'weigh the fence that was reached against policy',
    timeoutMs: powerPatienceMs + 5_000,
    attempts: 1,
    describe: ({ fenceRequired, from }) => [
      `nothing where the fence reaches ${fenceRequired} by then; else ${targets.powerOf(from)?.description ?? 'nothing: no power switch'}`,
    ],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { fenceRequired, allowDataLoss, fenceRiskAccepted, from } = context.params;
      const routes = resultOf(context, 'fence-route');
      const confirmed = {
        unrouted: routes.backends > 0 && (routes.silent ?? []).length === 0,
        commitsBlocked: resultOf(context, 'fence-commits').commitsBlocked,
      };
      const reached = fenceLevel({ ...confirmed, poweredOff: false });
      if (suffices(reached, fenceRequired)) return { level: reached, poweredOff: false };
      const { poweredOff, problem } = await switchOff(targets, from, powerPatienceMs, context.signal);
      const level = fenceLevel({ ...confirmed, poweredOff });
      const accepted = allowDataLoss || fenceRiskAccepted === true;
      if (suffices(level, fenceRequired) || accepted) return { level, poweredOff };
      throw new DrError(
        'FENCE_INSUFFICIENT',
        `the fence around ${from} reached ${level}, policy asks for ${fenceRequired}`,
        {
          hint: 'make sure by hand that it is off, then start the failover again with allowDataLoss',
          details: problem === undefined ? [] : [{ path: `failover.fences ${from}`, problem }],
        },
      );
    },
    verify: () => Promise.resolve(),
  };
}
