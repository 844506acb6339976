import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import {
  databasesFile,
  type DumpedDatabase,
  globalsFile,
  logicalRestore,
  PostgresMember,
  requireProgram,
  startEmptyScratch,
} from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import { freePort } from '../../adapters/free-port.js';
import { readOnlyQuery } from '../../adapters/read-only-query.js';
import { runningPort, stopDatabase } from '../../adapters/scratch-database.js';
import { checkStructure } from '../../adapters/structure-check.js';
import { placeOf, type RestoreTools } from './restore-tools.js';
import type { RestoreParams, RestoreResults } from './restore-params.js';

const loadTimeoutMs = 24 * 3_600_000;
const queryTimeoutMs = 600_000;

/** One database of a logical backup, or some of its tables, in a new server of its own; looked at and asked as any restore is. */
export function loadDump(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['load-dump']> {
  return {
    name: 'load-dump',
    title: 'load the dump into a scratch server',
    timeoutMs: loadTimeoutMs,
    attempts: 2,
    describe: ({ tables }) => [
      `a scratch server on loopback with ${tables === undefined ? 'one database' : `the tables ${tables.join(', ')}`}`,
    ],
    probe: () => Promise.resolve(undefined),
    run: (context) => loadAnew(tools, context),
    verify: async (context, { port }) => {
      if ((await runningPort(placeOf(tools, context.operationId))) === port) return;
      throw new DrError('VERIFY_FAILED', 'the scratch server does not run');
    },
  };
}

async function loadAnew(
  tools: RestoreTools,
  { operationId, params, signal }: StepContext<RestoreParams>,
): Promise<RestoreResults['load-dump']> {
  const place = placeOf(tools, operationId);
  await stopDatabase(place, signal);
  await place.empty(place.dataDir);
  const login = await tools.sources.adminOf(params.component);
  const database = params.database ?? login.database;
  const dump = await dumpOf(place.dumpDir, database);
  const runAs = place.runAs === undefined ? {} : { runAs: place.runAs };
  const binDir = requireProgram('postgresBin');
  const port = await freePort();
  const { member, pid } = await startEmptyScratch({
    ...{ dataDir: place.dataDir, port, binDir, ...login, timeoutMs: loadTimeoutMs, signal, ...runAs },
  });
  await logicalRestore(member.options, {
    ...{ binDir, database, timeoutMs: loadTimeoutMs, signal, ...runAs },
    globalsFile: join(place.dumpDir, globalsFile),
    dumpFile: join(place.dumpDir, dump.file),
    ...(params.tables === undefined ? {} : { tables: params.tables }),
  });
  const restored = new PostgresMember({ ...member.options, database });
  const structure = await checkStructure(restored, { signal, timeoutMs: loadTimeoutMs });
  const answer = params.query === undefined ? {} : await readOnlyQuery(restored, params.query, queryTimeoutMs);
  return { port, pid, database, structure, ...answer, provedAt: new Date().toISOString() };
}

async function dumpOf(folder: string, database: string): Promise<DumpedDatabase> {
  const dumps = JSON.parse(await readFile(join(folder, databasesFile), 'utf8')) as DumpedDatabase[];
  const found = dumps.find((dump) => dump.database === database);
  if (found !== undefined) return found;
  throw new DrError('NOT_FOUND', `the backup has no database ${database}`, {
    retryable: false,
    hint: `it has ${dumps.map((dump) => dump.database).join(', ')}`,
  });
}
