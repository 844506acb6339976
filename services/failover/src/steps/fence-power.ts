import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { type Fencing, revokeLeases } from './end-lease.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, type StepResults } from './results.js';
import { switchOff } from './switch-off.js';

/** Service goes on already; a switch that does not answer must not hold up its validation for long. */
const patienceMs = 5_000;

/**
 * L3, and the end of the write lease, where a lower level sufficed for the promotion: the ladder is climbed to its end all the same, while customers are being
 * moved, so that what returns has nothing to return to. Not confirmed is a result, not a failure. There is no undo: what is
 * off stays off until it is brought home.
 */
export function fencePower(fencing: Fencing): Step<FailoverParams, undefined, StepResults['fence-power']> {
  const { targets } = fencing;
  return {
    name: 'fence-power',
    title: 'switch the old site off by a path of its own',
    timeoutMs: patienceMs * 2,
    attempts: 1,
    describe: async ({ from }, signal) => {
      const power = targets.powerOf(from);
      const lease = targets.leaseOf(from) === undefined ? [] : [`${from}: write lease → revoked`];
      if (power === undefined) return [...lease, `${from}: no power switch in the estate file`];
      const isOff = await power.isOff({ timeoutMs: patienceMs / 2, signal }).catch(() => undefined);
      return [
        ...lease,
        `${from}: ${isOff === undefined ? 'unknown' : isOff ? 'off' : 'on'} → off (${power.description})`,
      ];
    },
    probe: (context) =>
      Promise.resolve(resultOf(context, 'confirm-fence').poweredOff ? { poweredOff: true } : undefined),
    run: async (context) => {
      const { params, signal, logger } = context;
      // Not waited for: the guard hears of it, and closes what may still run.
      await revokeLeases(fencing, context).catch((error: unknown) =>
        logger.warn('the write lease was not revoked', { site: params.from, problem: DrError.from(error).message }),
      );
      const { poweredOff, problem } = await switchOff(targets, params.from, patienceMs, signal);
      if (problem !== undefined) logger.warn('the power switch did not confirm', { site: params.from, problem });
      return { poweredOff, ...(problem === undefined ? {} : { problem }) };
    },
    // The result is what the switch itself said when it was asked.
    verify: () => Promise.resolve(),
  };
}
