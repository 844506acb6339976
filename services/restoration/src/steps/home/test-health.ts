import { estateCommand, runCommand } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { HealthView } from '../../adapters/health-view.js';
import type { RestorationTargets } from '../../adapters/restoration-targets.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

const wellTimeoutMs = 60_000;

/** The home site's applications stand by, and every health check of the site is well in the eyes of a majority. */
export function testHealth(
  targets: RestorationTargets,
  health: HealthView,
): Step<RestorationParams, undefined, RestorationResults['test-health']> {
  const standBy = (site: string): readonly string[] | undefined =>
    targets.estate.failover.applications?.find((applications) => applications.site === site)?.deactivate;
  return {
    name: 'test-health',
    title: 'see that the home site is healthy',
    timeoutMs: wellTimeoutMs + 40_000,
    attempts: 3,
    describe: ({ to }) => {
      const words = standBy(to);
      return words === undefined ? [`nothing; waits for the health checks of ${to}`] : [`run ${words.join(' ')}`];
    },
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const words = standBy(params.to);
      if (words !== undefined) {
        const [program, ...args] = estateCommand(targets.context, words);
        await runCommand({ program, args, cwd: targets.context.folder, timeoutMs: 30_000, signal });
      }
      const checks = targets.estate.health.checks.filter(({ site }) => site === params.to).map(({ name }) => name);
      if (checks.length > 0) await health.becomesWell(params.to, { timeoutMs: wellTimeoutMs, signal });
      return { checks };
    },
    verify: () => Promise.resolve(),
  };
}
