import { estateCommand, runCommand } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

/** The applications of the new site are told to serve; those of the old one, where it still answers, to stand by. */
export function switchApplications(
  targets: FailoverTargets,
): Step<FailoverParams, undefined, { readonly activated: boolean; readonly deactivated: boolean }> {
  const run = async (words: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<void> => {
    const [program, ...args] = estateCommand(targets.context, words);
    await runCommand({ program, args, cwd: targets.context.folder, timeoutMs, signal });
  };
  return {
    name: 'switch-applications',
    title: 'tell the applications of the new site to serve',
    timeoutMs: 20_000,
    attempts: 3,
    describe: ({ to }) =>
      [...(to === undefined ? [] : [targets.applicationsOf(to)?.activate.join(' ')])].flatMap((words) =>
        words === undefined ? [] : [`run ${words}`],
      ),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params, signal } = context;
      const old = targets.applicationsOf(params.from)?.deactivate;
      const stood =
        old === undefined
          ? Promise.resolve(false)
          : run(old, 3_000, signal).then(
              () => true,
              () => false,
            );
      const activate = targets.applicationsOf(targetOf(context))?.activate;
      if (activate !== undefined) await run(activate, 15_000, signal);
      return { activated: activate !== undefined, deactivated: await stood };
    },
    verify: () => Promise.resolve(),
  };
}
