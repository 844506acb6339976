import { parseSynchronousStandbyNames, pollUntil } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { EstateWatch } from '../../adapters/estate-watch.js';
import type { FailoverClient } from '../../adapters/failover-client.js';
import { type DatabaseTarget, memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

/** By database: the setting as its text was; operations of a program before that was kept have the names alone. */
type Settings = Readonly<Record<string, string | readonly string[]>>;

/** Who knows whether service is being moved meanwhile. */
export interface Others {
  readonly watch: Pick<EstateWatch, 'isWherePlanned'>;
  readonly failover: Pick<FailoverClient, 'running'>;
}

/** Longer than a failover takes that nobody has to be asked about. */
const moveTimeoutMs = 60_000;
/** A change that comes later than this after the last look could meet a failover that began meanwhile. */
const changeTimeoutMs = 2_000;

/**
 * Commits wait for the home site from now on, so that the switch can lose nothing. Undone, they wait for whom they waited, but not
 * while service is moved, nor once it was: the fence around a site that is lost may be that its commits wait for this one, and
 * letting them go on would make a second primary of it.
 */
export function protectCommits(
  targets: RestorationTargets,
  others: Others,
): Step<RestorationParams, Settings, RestorationResults['protect-commits']> {
  const settingNow = async (database: DatabaseTarget, { from }: RestorationParams, signal: AbortSignal) =>
    (await memberOn(database, from).status({ signal })).synchronousStandbyNames;
  return {
    name: 'protect-commits',
    title: 'let commits wait for the home site',
    timeoutMs: 90_000,
    attempts: 2,
    describe: ({ from, to }) =>
      targets.databases.map(({ settings }) => `${settings.name} ${from}: synchronous_standby_names with ${to}`),
    capture: async ({ params, signal }) => {
      const asked = targets.databases.map(
        async (database) => [database.settings.name, await settingNow(database, params, signal)] as const,
      );
      return Object.fromEntries(await Promise.all(asked));
    },
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const changed = targets.databases.map(async (database) => {
        const before = parseSynchronousStandbyNames(await settingNow(database, params, signal)).names;
        const names = [...new Set([...before, params.to])];
        await memberOn(database, params.from).setSynchronousStandbys(names, {}, { signal });
        return [database.settings.name, names] as const;
      });
      return { synchronous: Object.fromEntries(await Promise.all(changed)) };
    },
    verify: async ({ params, signal }) => {
      for (const database of targets.databases) await synchronousNow(database, params.from, params.to, signal);
    },
    undo: async ({ params, signal }, before) => {
      await pollUntil(
        'the end of a move of service',
        async () => (await others.failover.running()) === undefined || undefined,
        {
          ...{ timeoutMs: moveTimeoutMs, signal, everyMs: 500 },
        },
      );
      if (!(await others.watch.isWherePlanned(params))) return;
      const call = { signal, timeoutMs: changeTimeoutMs };
      const restored = targets.databases.map((database) => {
        const member = memberOn(database, params.from);
        const setting = before[database.settings.name] ?? '';
        return typeof setting === 'string'
          ? member.restoreSynchronousStandbyNames(setting, call)
          : member.setSynchronousStandbys(setting, {}, call);
      });
      await Promise.all(restored);
    },
  };
}

/** @throws DrError VERIFY_FAILED when the server's own view does not show the standby as synchronous in time. */
export async function synchronousNow(
  database: DatabaseTarget,
  active: string,
  standby: string,
  signal: AbortSignal,
): Promise<void> {
  await pollUntil(
    `commits of ${database.settings.name} waiting for ${standby}`,
    async () => {
      const links = await memberOn(database, active).replicationLinks({ signal });
      const link = links.find(({ applicationName }) => applicationName === standby);
      return link !== undefined && ['sync', 'quorum'].includes(link.syncState) ? true : undefined;
    },
    { timeoutMs: 30_000, signal, everyMs: 100 },
  );
}
