import { pipeline } from 'node:stream/promises';
import { DrError, type ObjectStore } from '@novacron/contracts';
import type { Catalog } from '../catalog/catalog.js';
import { manifestKey } from '../catalog/layout.js';
import { type ManifestObject, objectsOf } from '../manifest/backup-manifest.js';
import { chain } from '../objects/chain.js';
import { concurrently } from '../objects/concurrently.js';
import { BytesDone } from '../objects/bytes-done.js';
import { HashTap, readStored } from '../objects/read-object.js';
import { discard } from '../objects/store-object.js';

export interface ReplicationReport {
  readonly backupId: string;
  readonly from: string;
  readonly to: string;
  readonly objects: number;
  readonly sizeBytes: number;
  /** What was not there yet. */
  readonly copiedObjects: number;
  readonly copiedBytes: number;
  readonly durationMs: number;
}

export interface ReplicateOptions {
  readonly signal?: AbortSignal;
  /**
   * While objects are copied and read back, in bytes of the backup: one counts half once it is copied (by the server itself that is told
   * by part, and otherwise as it passes), whole once it is read back.
   */
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
}

const copiesAtOnce = 4;
const stored = { bulk: true, retain: true } as const;

/**
 * Copies a committed backup to another store: every object, each read back there and compared with the manifest's hash, and
 * the manifest last, so that the copy exists only once it is whole. Can be repeated: what is there already is checked, not
 * sent again.
 * @throws DrError CORRUPT_OBJECT naming the store whose object is damaged, or the store's own error.
 */
export async function replicateBackup(
  from: Catalog,
  to: Catalog,
  backupId: string,
  options: ReplicateOptions = {},
): Promise<ReplicationReport> {
  const startedAt = performance.now();
  const manifest = await from.read(backupId);
  const objects = objectsOf(manifest);
  const totalBytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const moved = new BytesDone(totalBytes, options.onProgress);
  const copied = await concurrently(objects, copiesAtOnce, async (object) => {
    options.signal?.throwIfAborted();
    const present = (await to.store.head(object.key)) !== undefined;
    const half = object.sizeBytes / 2;
    const [sent, readBack] = [moved.part(half), moved.part(half)];
    const { signal } = options;
    const abort = signal === undefined ? {} : { signal };
    if (!present) await copyObject(from.store, to.store, object, { ...abort, onProgress: (bytes) => sent(bytes / 2) });
    sent(half);
    await requireSame(to.store, object, { ...abort, onProgress: (bytes) => readBack(bytes / 2) });
    readBack(half);
    return present ? 0 : object.sizeBytes;
  });
  await copyManifest(from.store, to.store, manifestKey(backupId));
  await to.read(backupId);
  return {
    backupId,
    from: from.store.name,
    to: to.store.name,
    objects: objects.length,
    sizeBytes: totalBytes,
    copiedObjects: copied.filter((bytes) => bytes > 0).length,
    copiedBytes: copied.reduce((sum, bytes) => sum + bytes, 0),
    durationMs: Math.round(performance.now() - startedAt),
  };
}

interface ObjectOptions {
  readonly signal?: AbortSignal;
  readonly onProgress: (doneBytes: number) => void;
}

async function copyObject(
  from: ObjectStore,
  to: ObjectStore,
  object: ManifestObject,
  { onProgress, ...options }: ObjectOptions,
): Promise<void> {
  if (await to.copyFrom(from, object.key, { ...stored, onProgress })) return;
  // The tap fails the upload before it ends when the source is not what the manifest says: no bad copy comes to exist.
  const tap = new HashTap(`${from.name}:${object.key}`, 'stored', object, onProgress);
  const body = chain(await from.get(object.key, options), tap);
  await to.put(object.key, body, { sizeBytes: object.sizeBytes, ...stored, ...options });
}

async function requireSame(
  to: ObjectStore,
  object: ManifestObject,
  { onProgress, ...options }: ObjectOptions,
): Promise<void> {
  const tap = new HashTap(`${to.name}:${object.key}`, 'stored', object, onProgress);
  await pipeline(await to.get(object.key, options), tap, discard);
}

async function copyManifest(from: ObjectStore, to: ObjectStore, key: string): Promise<void> {
  const bytes = await readStored(from, key);
  try {
    await to.put(key, bytes, { sizeBytes: bytes.length, retain: true });
  } catch (error) {
    if (!DrError.is(error) || error.code !== 'CONFLICT' || !(await readStored(to, key)).equals(bytes)) throw error;
  }
}
