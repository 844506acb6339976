import { parseSynchronousStandbyNames, pollUntil } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import { type DatabaseTarget, memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

type Names = Readonly<Record<string, readonly string[]>>;

/** Commits wait for the home site from now on, so that the switch can lose nothing. Undone, they wait for whom they waited. */
export function protectCommits(
  targets: RestorationTargets,
): Step<RestorationParams, Names, RestorationResults['protect-commits']> {
  const namesNow = async ({ from }: RestorationParams, signal: AbortSignal): Promise<Names> => {
    const asked = targets.databases.map(async (database) => {
      const { synchronousStandbyNames } = await memberOn(database, from).status({ signal });
      return [database.settings.name, parseSynchronousStandbyNames(synchronousStandbyNames).names] as const;
    });
    return Object.fromEntries(await Promise.all(asked));
  };
  const set = (database: DatabaseTarget, { from }: RestorationParams, names: readonly string[], signal: AbortSignal) =>
    memberOn(database, from).setSynchronousStandbys(names, {}, { signal });
  return {
    name: 'protect-commits',
    title: 'let commits wait for the home site',
    timeoutMs: 90_000,
    attempts: 2,
    describe: ({ from, to }) =>
      targets.databases.map(({ settings }) => `${settings.name} ${from}: synchronous_standby_names with ${to}`),
    capture: ({ params, signal }) => namesNow(params, signal),
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const before = await namesNow(params, signal);
      const changed = targets.databases.map(async (database) => {
        const { name } = database.settings;
        const names = [...new Set([...(before[name] ?? []), params.to])];
        await set(database, params, names, signal);
        return [name, names] as const;
      });
      return { synchronous: Object.fromEntries(await Promise.all(changed)) };
    },
    verify: async ({ params, signal }) => {
      for (const database of targets.databases) await synchronousNow(database, params.from, params.to, signal);
    },
    undo: async ({ params, signal }, before) => {
      await Promise.all(
        targets.databases.map((database) => set(database, params, before[database.settings.name] ?? [], signal)),
      );
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
