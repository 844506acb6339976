import { DrError } from '@novacron/contracts';
import { estateCommand, runCommand } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

/** As the estate's power commands say it: 0 is on, 3 is off, anything else is not known. */
const offExitCode = 3;
/** Where a lower level suffices, a switch that does not answer must not keep customers waiting: for both of its commands. */
const impatientMs = 1_500;
const patientMs = 30_000;

/**
 * L3: the site is switched off by a path that does not depend on its network, and that path says it is off. Not confirmed
 * is a result, not a failure: the next step weighs it against what policy asks. There is no undo: what is off stays off
 * until it is brought home.
 */
export function fencePower(targets: FailoverTargets): Step<FailoverParams, undefined, StepResults['fence-power']> {
  const run = (words: readonly string[], timeoutMs: number, signal: AbortSignal) => {
    const [program, ...args] = estateCommand(targets.context, words);
    return runCommand({
      program,
      args,
      cwd: targets.context.folder,
      timeoutMs,
      signal,
      acceptExitCodes: [0, offExitCode],
    });
  };
  const isOff = async (site: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> => {
    const status = targets.fenceOf(site)?.powerStatus;
    return status !== undefined && (await run(status, timeoutMs, signal)).exitCode === offExitCode;
  };
  return {
    name: 'fence-power',
    title: 'switch the old site off by a path of its own',
    timeoutMs: patientMs * 2,
    attempts: 1,
    describe: ({ from }) => {
      const words = targets.fenceOf(from)?.powerOff;
      return words === undefined ? [`${from}: no power switch in the estate file`] : [`run ${words.join(' ')}`];
    },
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal, logger }) => {
      const off = targets.fenceOf(params.from)?.powerOff;
      if (off === undefined) return { poweredOff: false, problem: 'the estate names no power switch for the site' };
      const timeoutMs = params.fenceRequired === 'L3' ? patientMs : impatientMs;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        await run(off, timeoutMs, limit);
        return { poweredOff: await isOff(params.from, timeoutMs, limit) };
      } catch (error) {
        signal.throwIfAborted();
        logger.warn('the power switch did not confirm', { site: params.from, code: DrError.from(error).code });
        return { poweredOff: false, problem: DrError.from(error).message };
      }
    },
    // The result is what the switch itself said when it was asked, and customers wait for each time it is asked.
    verify: () => Promise.resolve(),
  };
}
