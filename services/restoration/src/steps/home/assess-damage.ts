import type { Step } from '@novacron/operations';
import { followsNow } from '../../adapters/home-standing.js';
import { type DatabaseTarget, memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import { orphansOf } from '../../adapters/orphans.js';
import { walEnd } from '../../adapters/wal-end.js';
import { adviseRejoin } from '../../domain/rejoin.js';
import type { Damage, RestorationParams, RestorationResults } from './restoration-params.js';

/** What the home site's disks hold: how far its data reach, and how much of that the active site never saw. */
export function assessDamage(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['assess-damage']> {
  return {
    name: 'assess-damage',
    title: 'compare the home site’s data with the active ones',
    timeoutMs: 600_000,
    attempts: 3,
    describe: ({ to }) => [`nothing; reads the control files and the WAL of ${to}`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal, logger }) => {
      const databases = await Promise.all(targets.databases.map((database) => damageOf(database, params, signal)));
      for (const { database, orphanBytes, orphans } of databases.filter((one) => one.orphanBytes > 0))
        logger.warn('the home site holds WAL that the active site never had', { database, orphanBytes, orphans });
      return { databases };
    },
    verify: () => Promise.resolve(),
  };
}

async function damageOf(
  database: DatabaseTarget,
  { from, to }: RestorationParams,
  signal: AbortSignal,
): Promise<Damage> {
  const [home, active] = [memberOn(database, to), memberOn(database, from)];
  const status = await active.status({ signal });
  const history = await active.timelineHistory({ signal });
  const control = await home.controlData(signal);
  const follows = await followsNow(database, to, from, signal);
  const endLsn = follows ? control.checkpointLsn : await walEnd(home, control, signal);
  const { systemIdentifier, timeline, state } = control;
  const advice = adviseRejoin(
    { systemIdentifier, timeline, endLsn, follows },
    { systemIdentifier: status.systemIdentifier, timeline: status.timeline, history },
  );
  const { switchLsn, orphanBytes } = advice;
  const orphans =
    switchLsn === undefined || orphanBytes === 0 ? undefined : await orphansOf(home, active, switchLsn, signal);
  return {
    ...{ database: database.settings.name, state, timeline, activeTimeline: status.timeline, endLsn, ...advice },
    ...(orphans === undefined ? {} : { orphans }),
  };
}
