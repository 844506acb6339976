import { pipeline } from 'node:stream/promises';
import { DrError, type ObjectStore } from '@novacron/contracts';
import type { Catalog } from '../catalog/catalog.js';
import { manifestKey } from '../catalog/layout.js';
import { type ManifestObject, objectsOf } from '../manifest/backup-manifest.js';
import { chain } from '../objects/chain.js';
import { concurrently } from '../objects/concurrently.js';
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
  /** After each object that stands at the destination. */
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
  let doneBytes = 0;
  const copied = await concurrently(objects, copiesAtOnce, async (object) => {
    options.signal?.throwIfAborted();
    const present = (await to.store.head(object.key)) !== undefined;
    if (!present) await copyObject(from.store, to.store, object, options);
    await requireSame(to.store, object, options);
    doneBytes += object.sizeBytes;
    options.onProgress?.({ doneBytes, totalBytes });
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

async function copyObject(
  from: ObjectStore,
  to: ObjectStore,
  object: ManifestObject,
  options: { readonly signal?: AbortSignal },
): Promise<void> {
  if (await to.copyFrom(from, object.key, stored)) return;
  // The tap fails the upload before it ends when the source is not what the manifest says: no bad copy comes to exist.
  const body = chain(await from.get(object.key, options), new HashTap(`${from.name}:${object.key}`, 'stored', object));
  await to.put(object.key, body, { sizeBytes: object.sizeBytes, ...stored, ...options });
}

async function requireSame(
  to: ObjectStore,
  object: ManifestObject,
  options: { readonly signal?: AbortSignal },
): Promise<void> {
  const tap = new HashTap(`${to.name}:${object.key}`, 'stored', object);
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
