import { DrError } from '@novacron/contracts';
import { parseSynchronousStandbyNames, pollUntil } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import { statusOf } from '../../adapters/home-standing.js';
import { type DatabaseTarget, memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import { synchronousNow } from './protect-commits.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

const streamTimeoutMs = 60_000;

/**
 * The site that stood in is a standby again and commits wait for whom the estate's links say: redundancy is back, not service
 * alone.
 */
export function validateAccess(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['validate-access']> {
  return {
    name: 'validate-access',
    title: 'see that the site that stood in protects the home site again',
    timeoutMs: 180_000,
    attempts: 3,
    describe: ({ to }) =>
      targets.databases.map(({ settings }) => `${settings.name} ${to}: synchronous_standby_names as the links say`),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params } = context;
      const protectedBy = targets.databases.map(async (database) => {
        await streams(database, context);
        return [database.settings.name, await synchronousByLinks(database, context)] as const;
      });
      return { standby: params.from, synchronous: Object.fromEntries(await Promise.all(protectedBy)) };
    },
    verify: async ({ params, signal }, { synchronous }) => {
      for (const database of targets.databases) {
        for (const standby of synchronous[database.settings.name] ?? [])
          await synchronousNow(database, params.to, standby, signal);
      }
    },
  };
}

async function streams(database: DatabaseTarget, { params, signal }: StepContext<RestorationParams>): Promise<void> {
  const standby = memberOn(database, params.from);
  await pollUntil(
    `streaming of ${params.from}`,
    async () => {
      const status = await statusOf(standby, signal);
      return status?.inRecovery === true && status.walReceiverStatus === 'streaming' ? true : undefined;
    },
    { timeoutMs: streamTimeoutMs, signal, everyMs: 100 },
  );
}

/**
 * Sets what the links ask for where the move has left it otherwise. A site of its own trouble, which neither stood in nor came
 * home, is warned of and not waited for: commits would stand still until it is back.
 */
async function synchronousByLinks(
  database: DatabaseTarget,
  { params, signal, logger }: StepContext<RestorationParams>,
): Promise<string[]> {
  const home = memberOn(database, params.to);
  const connected = (await home.replicationLinks({ signal })).map(({ applicationName }) => applicationName);
  const asked = database.settings.links
    .filter(({ from, mode }) => from === params.to && mode === 'synchronous')
    .map(({ to }) => to);
  const present = asked.filter((site) => connected.includes(site));
  const missing = asked.filter((site) => !connected.includes(site));
  if (missing.includes(params.from))
    throw new DrError('VERIFY_FAILED', `${params.from} does not receive from ${params.to}`);
  if (missing.length > 0) logger.warn('a synchronous standby is not there: commits do not wait for it', { missing });
  const { names } = parseSynchronousStandbyNames((await home.status({ signal })).synchronousStandbyNames);
  const same = names.length === present.length && present.every((site) => names.includes(site));
  if (!same) await home.setSynchronousStandbys(present, {}, { signal });
  return present;
}
