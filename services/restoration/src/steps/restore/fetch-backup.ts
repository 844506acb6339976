import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MessagePort } from 'node:worker_threads';
import type { ManifestComponent, ManifestObject } from '@novacron/repository';
import type { Step, StepContext } from '@novacron/operations';
import { DrError } from '@novacron/contracts';
import { stopCache, writeDump } from '../../adapters/scratch-cache.js';
import { stopDatabase } from '../../adapters/scratch-database.js';
import type { ScratchPlace } from '../../adapters/scratch-place.js';
import { type Unpacked, unpackDatabase } from '../../adapters/unpack-database.js';
import { manifestChain, manifestComponent, placeOf, type RestoreTools } from './restore-tools.js';
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
    return unpackDatabase(place, await manifestChain(tools, params), {
      open,
      openInto: (object: ManifestObject, port: MessagePort) =>
        tools.sources.repository.openInto(params.point.store, object, port, { signal }),
      signal,
      folders: params.tablespaces ?? {},
    });
  }
  if (params.kind === 'postgres-dump') return fetchDump(place, component, open, signal);
  const [dump] = component.objects;
  if (dump === undefined) throw new DrError('CORRUPT_OBJECT', `${params.point.backupId} holds no dump`);
  await stopCache(place, signal);
  await place.empty(place.redisDir);
  await writeDump(place, await open(dump), signal);
  return { files: 1, plainSizeBytes: dump.plainSizeBytes };
}

async function fetchDump(
  place: ScratchPlace,
  { objects }: ManifestComponent,
  open: (object: ManifestObject) => Promise<Readable>,
  signal: AbortSignal,
): Promise<Unpacked> {
  await place.empty(place.dumpDir);
  for (const object of objects) {
    const path = join(place.dumpDir, object.key.split('/').at(-1) ?? '');
    await pipeline(await open(object), createWriteStream(path, { mode: 0o600 }), { signal });
  }
  await place.handOver(place.dumpDir);
  return {
    files: objects.length,
    plainSizeBytes: objects.reduce((sum, { plainSizeBytes }) => sum + plainSizeBytes, 0),
  };
}
