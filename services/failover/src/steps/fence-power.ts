import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, type StepResults } from './results.js';
import { switchOff } from './switch-off.js';

/** Service goes on already; a switch that does not answer must not hold up its validation for long. */
const patienceMs = 5_000;

/**
 * L3 where a lower level sufficed for the promotion: the ladder is climbed to its end all the same, while customers are being
 * moved, so that what returns has nothing to return to. Not confirmed is a result, not a failure. There is no undo: what is
 * off stays off until it is brought home.
 */
export function fencePower(targets: FailoverTargets): Step<FailoverParams, undefined, StepResults['fence-power']> {
  return {
    name: 'fence-power',
    title: 'switch the old site off by a path of its own',
    timeoutMs: patienceMs * 2,
    attempts: 1,
    describe: async ({ from }, signal) => {
      const power = targets.powerOf(from);
      if (power === undefined) return [`${from}: no power switch in the estate file`];
      const isOff = await power.isOff({ timeoutMs: patienceMs / 2, signal }).catch(() => undefined);
      return [`${from}: ${isOff === undefined ? 'unknown' : isOff ? 'off' : 'on'} → off (${power.description})`];
    },
    probe: (context) =>
      Promise.resolve(resultOf(context, 'confirm-fence').poweredOff ? { poweredOff: true } : undefined),
    run: async ({ params, signal, logger }) => {
      const { poweredOff, problem } = await switchOff(targets, params.from, patienceMs, signal);
      if (problem !== undefined) logger.warn('the power switch did not confirm', { site: params.from, problem });
      return { poweredOff, ...(problem === undefined ? {} : { problem }) };
    },
    // The result is what the switch itself said when it was asked.
    verify: () => Promise.resolve(),
  };
}
