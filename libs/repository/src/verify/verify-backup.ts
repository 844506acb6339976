import { DrError } from '@novacron/contracts';
import type { Catalog } from '../catalog/catalog.js';
import { type BackupManifest, type ManifestObject, objectsOf } from '../manifest/backup-manifest.js';
import { concurrently } from '../objects/concurrently.js';
import { checkObject } from '../objects/open-object.js';
import { BytesDone } from '../objects/bytes-done.js';
import { isInShare, type VerifyShare } from './sample.js';

export interface VerifiedObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Absent when the object is what the manifest says. */
  readonly problem?: string;
  readonly code?: string;
}

export interface VerifyReport {
  readonly backupId: string;
  readonly store: string;
  /** True only when every object of the backup, or of the sample, was read back and agreed. */
  readonly good: boolean;
  readonly objects: readonly VerifiedObject[];
  readonly checkedBytes: number;
  readonly skipped: number;
  readonly durationMs: number;
}

export interface VerifyOptions {
  /** The share of objects to read, above 0 to 1; at least one of each component. All by default. */
  readonly sample?: number;
  /** 0 to 1, exclusive; chooses the sample. */
  readonly random?: () => number;
  /** Reads the objects of one share alone, and of a component that has none in it nothing. */
  readonly share?: VerifyShare;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** While objects are read, the stored bytes that were read so far and that are to be read. */
export interface VerifyProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** As many as there are threads for it: more would only hold memory. */
const readsAtOnce = 2;

/**
 * Reads a backup back: the stored hash, every frame, the plaintext's hash. Each missing or damaged object is named.
 * @throws DrError when the manifest itself cannot be trusted, or the store fails in a way that says nothing of the backup.
 */
export async function verifyBackup(
  catalog: Catalog,
  backupId: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const startedAt = performance.now();
  const manifest = await catalog.read(backupId);
  const chosen = sampleOf(manifest, options);
  const totalBytes = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const read = new BytesDone(totalBytes, options.onProgress);
  const objects = await concurrently(chosen, readsAtOnce, async (object) => {
    const ofObject = read.part(object.sizeBytes);
    const verified = await verifyObject(catalog, object, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onProgress: (doneBytes) => ofObject(doneBytes),
    });
    ofObject(object.sizeBytes);
    return verified;
  });
  return {
    backupId,
    store: catalog.store.name,
    good: objects.every((object) => object.problem === undefined),
    objects,
    checkedBytes: objects.reduce((sum, object) => sum + object.sizeBytes, 0),
    skipped: objectsOf(manifest).length - chosen.length,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

async function verifyObject(
  catalog: Catalog,
  object: ManifestObject,
  options: { readonly signal?: AbortSignal; readonly onProgress: (doneBytes: number) => void },
): Promise<VerifiedObject> {
  const { key, sizeBytes } = object;
  try {
    await checkObject(catalog.store, object, catalog.keyring, options);
    return { key, sizeBytes };
  } catch (error) {
    const known = DrError.from(error);
    if (options.signal?.aborted === true || known.retryable) throw error;
    return { key, sizeBytes, problem: known.message, code: known.code };
  }
}

function sampleOf(
  manifest: BackupManifest,
  { sample = 1, random = Math.random, share }: VerifyOptions,
): ManifestObject[] {
  if (share !== undefined) return objectsOf(manifest).filter(({ key }) => isInShare(key, share));
  if (sample >= 1) return objectsOf(manifest);
  return manifest.components.flatMap(({ objects }) => {
    const left = [...objects];
    const wanted = Math.max(1, Math.ceil(objects.length * sample));
    return Array.from({ length: wanted }, () => left.splice(Math.floor(random() * left.length), 1)[0]).filter(
      (object) => object !== undefined,
    );
  });
}
