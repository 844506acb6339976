import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { fenceLevel, suffices } from '../domain/fence-level.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, type StepResults } from './results.js';
import { endLeases, type Fencing, giveLeasesBack, leasePatienceMs } from './end-lease.js';
import { switchOff } from './switch-off.js';

const powerPatienceMs = 60_000;

/**
 * Weighs what was confirmed against what policy asks, and climbs to the write lease and the power switch only where that is not enough:
 * without a fence nothing is promoted, unless a human took the risk. Where a lower level suffices both follow later, since
 * customers wait for this step.
 */
export function confirmFence(fencing: Fencing): Step<FailoverParams, undefined, StepResults['confirm-fence']> {
  const { targets } = fencing;
  return {
    name: 'confirm-fence',
    title: 'weigh the fence that was reached against policy',
    timeoutMs: powerPatienceMs + leasePatienceMs(targets) + 5_000,
    attempts: 1,
    describe: ({ fenceRequired, from }) => {
      const lease = suffices('L0', fenceRequired) && targets.leaseOf(from) !== undefined;
      const steps = [
        ...(lease ? [`the write lease of ${from} is revoked, and its end waited for`] : []),
        targets.powerOf(from)?.description ?? 'nothing: no power switch',
      ];
      return [`nothing where the fence reaches ${fenceRequired} by then; else ${steps.join('; else ')}`];
    },
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { fenceRequired, from } = context.params;
      const routes = resultOf(context, 'fence-route');
      const confirmed = {
        unrouted: routes.backends > 0 && (routes.silent ?? []).length === 0,
        commitsBlocked: resultOf(context, 'fence-commits').commitsBlocked,
      };
      const reached = fenceLevel({ ...confirmed, leaseOver: false, poweredOff: false });
      if (suffices(reached, fenceRequired)) return { level: reached, poweredOff: false };
      const byLease = suffices('L0', fenceRequired);
      const lease = byLease ? await endLeases(fencing, context) : undefined;
      if (lease?.leaseOver === true) return { level: 'L0', poweredOff: false };
      const { poweredOff, problem } = await switchOff(targets, from, powerPatienceMs, context.signal);
      const level = fenceLevel({ ...confirmed, leaseOver: false, poweredOff });
      if (suffices(level, fenceRequired)) return { level, poweredOff };
      if (goesWithout(context.params)) {
        // The lease, where there is one, makes it less of a risk.
        const { leaseOver } = lease ?? (level === 'L4' ? await endLeases(fencing, context) : { leaseOver: false });
        return { level: fenceLevel({ ...confirmed, leaseOver, poweredOff }), poweredOff };
      }
      const missing = [lease?.problem, problem].filter((each) => each !== undefined).join('; ');
      throw new DrError(
        'FENCE_INSUFFICIENT',
        `the fence around ${from} reached ${level}, policy asks for ${fenceRequired}${missing === '' ? '' : `: ${missing}`}`,
        { hint: 'make sure by hand that it is off, then start the failover again with allowDataLoss' },
      );
    },
    verify: () => Promise.resolve(),
    undo: (context) => giveLeasesBack(fencing, context),
  };
}

/**
 * A human goes on without what policy asks: by a command of theirs that says so, or by a yes to what was asked after a fence that
 * did not suffice. A yes to what would be lost, which a verdict asks, is none to two primaries.
 */
function goesWithout({ allowDataLoss, fenceRiskAccepted, verdict }: FailoverParams): boolean {
  return fenceRiskAccepted === true || (allowDataLoss && verdict === undefined);
}
