import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { DrError, type Fields, type ObjectStore } from '@novacron/contracts';
import { receivedBytes } from '@novacron/contracts/threads';
import { ManifestObject } from '../manifest/backup-manifest.js';
import { createHeader, readHeader } from '../sealing/header.js';
import type { SealHeader } from '../sealing/seal-header.js';
import type { Keyring } from '../sealing/keyring.js';
import { defaultFrameSizeBytes } from '../sealing/seal.js';
import type { ByteSink, JobResult } from '../threads/jobs.js';
import { type RunningJob, sealingThreads } from '../threads/thread-pool.js';
import { acceptSame, requireStored } from './store-object.js';

export interface StoreFileOptions {
  readonly key: string;
  readonly path: string;
  /** The file is written to until this is resolved; it is sealed and sent as it grows. Rejected, nothing is stored. */
  readonly whole?: Promise<unknown>;
  /** Asked once all was read and before the object comes to exist: what it rejects leaves nothing in the store. */
  readonly beforeStored?: (plain: { readonly sizeBytes: number; readonly sha256: string }) => Promise<void>;
  /** A file that grows will hardly be longer. */
  readonly atMostBytes?: number;
  readonly header?: KeptHeader;
  readonly signal?: AbortSignal;
  /** Of the file, in bytes. */
  readonly onProgress?: (doneBytes: number) => void;
}

/**
 * Where the header of the object is kept beside the file, so that a later attempt can make the very same bytes, and a store that holds some
 * of them need not be sent them again. It may be taken up again for the same plaintext alone: two that are sealed under one header give
 * each other away.
 */
export interface KeptHeader {
  readonly path: string;
  /** Only where the file was proved to be what it was when the header was made. */
  readonly takeUp: boolean;
}

/**
 * Seals a file into the store in a thread of its own, holding a few frames of it, whatever its size. Repeating it after a crash is safe
 * as it is with {@link storeObject}.
 * @throws DrError CONFLICT when the key holds other content, or the store's own error.
 */
export async function storeFile(
  store: ObjectStore,
  keyring: Keyring,
  options: StoreFileOptions,
): Promise<ManifestObject> {
  const { key, path, signal } = options;
  const header = await headerFor(store, keyring, options);
  let done: JobResult | undefined;
  const sealInto = async (sink: ByteSink): Promise<void> => {
    const stop = new AbortController();
    const job = sealingThreads.run(
      { kind: 'seal', header, objectKey: key, source: { path, growing: options.whole !== undefined }, sink },
      {
        signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
        ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      },
    );
    done = await followed(job, options.whole, stop);
    await options.beforeStored?.({ sizeBytes: done.plainSizeBytes, sha256: done.plainSha256 });
  };
  try {
    await putSealed(store, options, sealInto);
  } catch (error) {
    if (!DrError.is(error) || error.code !== 'CONFLICT') throw error;
    return acceptSame(store, keyring, { ...options, source: () => createReadStream(path) }, error);
  }
  if (done === undefined) throw new DrError('INTERNAL', `${key} was stored before it was sealed`);
  return requireStored(
    store,
    new ManifestObject({ key, ...done, keyId: header.keyId } satisfies Fields<ManifestObject>),
  );
}

/** A store that is a folder begins anew anyway. */
async function headerFor(
  store: ObjectStore,
  keyring: Keyring,
  { key, header: kept }: StoreFileOptions,
): Promise<SealHeader> {
  if (kept === undefined || store.local !== undefined) return createHeader(keyring, defaultFrameSizeBytes);
  const before = kept.takeUp ? await readFile(kept.path).catch(() => undefined) : undefined;
  if (before !== undefined) return readHeader(before, keyring, key);
  const header = createHeader(keyring, defaultFrameSizeBytes);
  await mkdir(dirname(kept.path), { recursive: true, mode: 0o700 });
  await writeFile(`${kept.path}.part`, header.bytes, { mode: 0o600, flush: true });
  await rename(`${kept.path}.part`, kept.path);
  return header;
}

async function followed(
  job: RunningJob,
  whole: Promise<unknown> | undefined,
  stop: AbortController,
): Promise<JobResult> {
  job.result.catch(() => undefined);
  try {
    await Promise.race([whole, job.result]);
    job.whole();
  } catch (error) {
    stop.abort();
    await job.result.catch(() => undefined);
    throw error;
  }
  return job.result;
}

async function putSealed(
  store: ObjectStore,
  { key, atMostBytes, signal }: StoreFileOptions,
  sealInto: (sink: ByteSink) => Promise<void>,
): Promise<void> {
  const how = {
    ...{ bulk: true, retain: true },
    ...(atMostBytes === undefined ? {} : { atMostBytes }),
    ...(signal === undefined ? {} : { signal }),
  };
  if (store.local !== undefined) {
    await store.local.put(key, (path) => sealInto({ path }), how);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  const sealing = sealInto({ port: port1 });
  sealing.catch(() => undefined);
  await store.put(key, Readable.from(sealedBytes(), { objectMode: false }), how);

  /** Ends only once all of it may come to exist. */
  async function* sealedBytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* receivedBytes(port2);
    } catch (error) {
      // Where both fail, this one knows why.
      await sealing;
      throw error;
    }
    await sealing;
  }
}
