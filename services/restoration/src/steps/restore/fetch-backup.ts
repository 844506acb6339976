import type { Step, StepContext } from '@novacron/operations';
import { DrError } from '@novacron/contracts';
import { stopCache, writeDump } from '../../adapters/scratch-cache.js';
import { stopDatabase } from '../../adapters/scratch-database.js';
import { type Unpacked, unpackDatabase } from '../../adapters/unpack-database.js';
import { manifestComponent, placeOf, type RestoreTools } from './restore-tools.js';
import type { RestoreParams, RestoreResults } from './restore-params.js';

const fetchTimeoutMs = 24 * 3_600_000;

/** The backup out of its store into the scratch folder: opened, every hash compared, unpacked. Undone, the folder goes. */
export function fetchBackup(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['fetch-backup']> {
  return {
    name: 'fetch-backup',
    title: 'fetch, decrypt and check the backup',
    timeoutMs: fetchTimeoutMs,
    attempts: 3,
    describe: ({ component, point }) => [`a scratch folder with ${component} of ${point.backupId}`],
    probe: () => Promise.resolve(undefined),
    run: (context) => unpackInto(tools, context),
    verify: () => Promise.resolve(),
    undo: async ({ operationId, signal }) => {
      const place = placeOf(tools, operationId);
      await stopDatabase(place, signal);
      await stopCache(place, signal);
      await place.remove();
    },
  };
}

/** Also for a later step that finds the folder used up by an attempt before it. */
export async function unpackInto(
  tools: RestoreTools,
  { operationId, params, signal }: StepContext<RestoreParams>,
): Promise<Unpacked> {
  const place = placeOf(tools, operationId);
  const component = await manifestComponent(tools, params);
  const open = (object: (typeof component.objects)[number]) =>
    tools.sources.repository.openObject(params.point.store, object, { signal });
  if (params.kind === 'postgres') {
    await stopDatabase(place, signal);
    return unpackDatabase(place, component, open, signal);
  }
  const [dump] = component.objects;
  if (dump === undefined) throw new DrError('CORRUPT_OBJECT', `${params.point.backupId} holds no dump`);
  await stopCache(place, signal);
  await place.empty(place.redisDir);
  await writeDump(place, await open(dump), signal);
  return { files: 1, plainSizeBytes: dump.plainSizeBytes };
}
