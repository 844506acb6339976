import type { Step } from '@novacron/operations';
import { statusOf } from '../../adapters/home-standing.js';
import type { RestorationTargets } from '../../adapters/restoration-targets.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

/**
 * Whether the standbys of the other sites receive. One that does not is named and warned of, and service comes home all the
 * same: the switch repoints those that answer, and a site that is gone must not keep another one away.
 */
export function validateIntegrations(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['validate-integrations']> {
  return {
    name: 'validate-integrations',
    title: 'look at the standbys of the other sites',
    timeoutMs: 30_000,
    attempts: 2,
    describe: () => ['nothing; asks the other standbys from whom they receive'],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal, logger }) => {
      const asked = targets.databases.flatMap(({ settings, members }) =>
        [...members.values()]
          .filter(({ name }) => name !== params.from && name !== params.to)
          .map(async (member) => {
            const status = await statusOf(member, signal);
            const state = status === undefined ? 'does not answer' : (status.walReceiverStatus ?? 'receives nothing');
            return [`${settings.name} on ${member.name}`, state] as const;
          }),
      );
      const standbys = Object.fromEntries(await Promise.all(asked));
      for (const [standby, state] of Object.entries(standbys).filter(([, found]) => found !== 'streaming'))
        logger.warn('a standby of another site does not receive', { standby, state });
      return { standbys };
    },
    verify: () => Promise.resolve(),
  };
}
