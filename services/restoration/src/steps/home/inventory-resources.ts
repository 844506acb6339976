import { statfs } from 'node:fs/promises';
import { DrError, type ProblemDetail } from '@novacron/contracts';
import { httpRequest } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import { folderBytes } from '../../adapters/folder-bytes.js';
import { type DatabaseTarget, memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import { neededBytes, requireReady, type SpaceFacts, spaceProblem } from '../../domain/readiness.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

const answerTimeoutMs = 3_000;

/** The home site is reached over the network, and its disks have room for a whole copy. */
export function inventoryResources(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['inventory-resources']> {
  return {
    name: 'inventory-resources',
    title: 'see that the home site is reached and has room',
    timeoutMs: 120_000,
    attempts: 6,
    describe: ({ to }) => [`nothing; asks the applications and disks of ${to}`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const unreached = await unreachedDoors(targets, params.to, signal);
      requireReady('the network is not connected', params.to, unreached, `restore the network to ${params.to}`);
      const facts = await Promise.all(
        targets.databases.map(async (database) => ({
          path: `${database.settings.name} on ${params.to}`,
          ...(await spaceOf(database, params, signal)),
        })),
      );
      const short = facts.flatMap(({ path, ...space }) => spaceProblem(path, space));
      requireReady('resources are short', params.to, short, `give ${params.to} more disk`);
      return {
        freeBytes: Math.min(...facts.map(({ freeBytes }) => freeBytes)),
        neededBytes: facts.reduce((sum, space) => sum + neededBytes(space), 0),
      };
    },
    verify: () => Promise.resolve(),
  };
}

/** The site's applications by their own addresses: any answer will do, for whether they are well is asked later. */
async function unreachedDoors(
  { estate }: RestorationTargets,
  site: string,
  signal: AbortSignal,
): Promise<ProblemDetail[]> {
  const doors = estate.health.checks.filter((check) => check.site === site && check.kind === 'http');
  const asked = doors.map(async ({ name, url = '' }) =>
    httpRequest({ url, timeoutMs: answerTimeoutMs, signal }).then(
      () => [],
      (error: unknown) => [{ path: `${name} on ${site}`, problem: DrError.from(error).message }],
    ),
  );
  return (await Promise.all(asked)).flat();
}

async function spaceOf(
  database: DatabaseTarget,
  { from, to }: RestorationParams,
  signal: AbortSignal,
): Promise<SpaceFacts> {
  const { dataDir = '.' } = memberOn(database, to).options;
  const disk = await statfs(dataDir).catch((error: unknown) => {
    throw new DrError('PRECONDITION_FAILED', `the data directory of ${to} cannot be read`, { cause: error });
  });
  const [row] = await memberOn(database, from).query<{ bytes: string }>(
    'select sum(pg_database_size(oid))::text as bytes from pg_database',
    [],
    { signal, timeoutMs: 30_000 },
  );
  return {
    freeBytes: disk.bavail * disk.bsize,
    usedBytes: await folderBytes(dataDir),
    databaseBytes: Number(row?.bytes ?? 0),
  };
}
