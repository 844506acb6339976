import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import { followsNow } from '../../adapters/home-standing.js';
import { rejoinDatabase } from '../../adapters/rejoin-database.js';
import { RejoinMarker } from '../../adapters/rejoin-marker.js';
import { type DatabaseTarget, memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import { restorationResult, type RestorationParams, type RestorationResults } from './restoration-params.js';

type Rejoined = RestorationResults['synchronize']['rejoined'][string];

/** The home site's databases become standbys of the active ones: wound back where that works, copied anew where not. */
export function synchronize(
  targets: RestorationTargets,
  workFolder: string,
): Step<RestorationParams, undefined, RestorationResults['synchronize']> {
  return {
    name: 'synchronize',
    title: 'bring the home site’s databases to the active data',
    timeoutMs: 48 * 3_600_000,
    attempts: 3,
    describe: ({ from, to }) =>
      targets.databases.map(
        ({ settings }) =>
          `${settings.name}: pg_rewind of ${to} from ${from}, else a new copy; what only ${to} has goes`,
      ),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const rejoined = targets.databases.map(
        async (database) => [database.settings.name, await rejoin(database, context)] as const,
      );
      return { rejoined: Object.fromEntries(await Promise.all(rejoined)) };
    },
    verify: async ({ params, signal }) => {
      for (const database of targets.databases) {
        if (!(await followsNow(database, params.to, params.from, signal)))
          throw new DrError(
            'VERIFY_FAILED',
            `${database.settings.name} on ${params.to} does not follow ${params.from}`,
          );
      }
    },
  };

  async function rejoin(database: DatabaseTarget, context: StepContext<RestorationParams>): Promise<Rejoined> {
    const { params, signal, logger, operationId } = context;
    const { name } = database.settings;
    const startedAt = performance.now();
    const marker = new RejoinMarker(workFolder, operationId);
    const begun = (await marker.read(name)) !== undefined;
    const damage = restorationResult(context, 'assess-damage').databases.find((one) => one.database === name);
    if (!begun && damage?.advice === 'none' && (await followsNow(database, params.to, params.from, signal))) {
      return { method: 'none', durationMs: 0 };
    }
    const done = await rejoinDatabase({
      home: memberOn(database, params.to),
      active: memberOn(database, params.from),
      source: targets.sourceFor(database, params.from, params.to),
      replicationPassword: database.replicationPassword,
      advice: damage?.advice === 'rebuild' ? 'rebuild' : 'rewind',
      mark: { read: () => marker.read(name), write: (mark) => marker.write(name, mark) },
      logger,
      signal,
    });
    return { ...done, durationMs: Math.round(performance.now() - startedAt) };
  }
}
