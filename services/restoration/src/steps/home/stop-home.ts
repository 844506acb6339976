import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { followsNow } from '../../adapters/home-standing.js';
import { memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

const stopBudgetMs = 20_000;

/** The home site's databases stand still before their data are touched; one that follows already is left alone. */
export function stopHome(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['stop-home']> {
  return {
    name: 'stop-home',
    title: 'stop the home site’s databases',
    timeoutMs: 120_000,
    attempts: 3,
    describe: ({ to }) =>
      targets.databases.map(({ settings }) => `${settings.name}: ${to} stops unless it follows already`),
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const stopped = targets.databases.map(async (database) => {
        const { name } = database.settings;
        if (await followsNow(database, params.to, params.from, signal)) return [name, 'follows'] as const;
        return [name, await memberOn(database, params.to).stopFast(stopBudgetMs, signal)] as const;
      });
      return { stopped: Object.fromEntries(await Promise.all(stopped)) };
    },
    verify: async ({ params, signal }, { stopped }) => {
      for (const database of targets.databases.filter(({ settings }) => stopped[settings.name] !== 'follows')) {
        if (await memberOn(database, params.to).options.control?.isRunning(signal))
          throw new DrError('VERIFY_FAILED', `${database.settings.name} still runs on ${params.to}`);
      }
    },
  };
}
