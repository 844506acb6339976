import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { DrError, type ObjectStore } from '@novacron/contracts';
import { ByteSender } from '@novacron/contracts/threads';
import type { ManifestObject } from '../manifest/backup-manifest.js';
import { headerOf, largestHeaderBytes } from '../sealing/header.js';
import type { SealHeader } from '../sealing/seal-header.js';
import type { Keyring } from '../sealing/keyring.js';
import type { ByteSource, OpenJob } from '../threads/jobs.js';
import { sealingThreads } from '../threads/thread-pool.js';

interface Abortable {
  readonly signal?: AbortSignal;
}

interface CheckOptions extends Abortable {
  /** While it is read, the stored bytes that were read so far. */
  readonly onProgress?: (doneBytes: number) => void;
}

/**
 * Reads an object back in a thread of its own: the stored hash, every frame, the plaintext's hash.
 * @throws DrError CORRUPT_OBJECT, WRONG_KEY, NOT_FOUND or the store's own.
 */
export async function checkObject(
  store: ObjectStore,
  object: ManifestObject,
  keyring: Keyring,
  options: CheckOptions = {},
): Promise<void> {
  await opened(store, object, keyring, undefined, options);
}

/**
 * The plaintext of an object to another thread, by the sending end of a channel; who receives has the end only when the bytes are those
 * of the manifest, and the error otherwise. @throws DrError as {@link checkObject} does.
 */
export async function openObjectInto(
  store: ObjectStore,
  object: ManifestObject,
  keyring: Keyring,
  port: MessagePort,
  options: Abortable = {},
): Promise<void> {
  await opened(store, object, keyring, port, options);
}

async function opened(
  store: ObjectStore,
  object: ManifestObject,
  keyring: Keyring,
  sink: MessagePort | undefined,
  options: CheckOptions,
): Promise<void> {
  const { key, sizeBytes, sha256, plainSizeBytes, plainSha256 } = object;
  try {
    const { header, source } = await (store.local === undefined
      ? fromStream(store, key, keyring, options)
      : fromFile(store.local.pathOf(key), key, keyring));
    const job: OpenJob = {
      ...{ kind: 'open' as const, header, objectKey: key, source },
      expected: { stored: { sizeBytes, sha256 }, plain: { sizeBytes: plainSizeBytes, sha256: plainSha256 } },
      ...(sink === undefined ? {} : { sink: { port: sink } }),
    };
    await sealingThreads.run(job, options).result;
  } catch (error) {
    const known = storeError(error, store, key);
    // Where the thread has the channel already, it has told.
    sink?.postMessage({ error: known.toReply() });
    throw known;
  }
}

interface Begun {
  readonly header: SealHeader;
  readonly source: ByteSource;
}

async function fromFile(path: string, key: string, keyring: Keyring): Promise<Begun> {
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(largestHeaderBytes);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return { header: headerOf(start.subarray(0, bytesRead), keyring, key), source: { path } };
  } finally {
    await file.close();
  }
}

async function fromStream(store: ObjectStore, key: string, keyring: Keyring, options: Abortable): Promise<Begun> {
  const stream = await store.get(key, options);
  const chunks = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  try {
    const first: Uint8Array[] = [];
    for (let sizeBytes = 0; sizeBytes < largestHeaderBytes;) {
      const { value, done } = await chunks.next();
      if (done === true) break;
      first.push(value);
      sizeBytes += value.length;
    }
    const start = Buffer.concat(first);
    const header = headerOf(start, keyring, key);
    const { port1, port2 } = new MessageChannel();
    void feed(new ByteSender(port1), start, chunks, stream);
    return { header, source: { port: port2 } };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** What the store fails with goes the way of the bytes, and comes back as the failure of the job. */
async function feed(
  sender: ByteSender,
  start: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  stream: Readable,
): Promise<void> {
  try {
    await sender.send(new Uint8Array(start));
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      // The memory is the store's, which may still need it.
      await sender.send(new Uint8Array(next.value));
    }
    await sender.end();
  } catch (error) {
    sender.fail(error);
    stream.destroy();
  }
}

function storeError(error: unknown, store: ObjectStore, key: string): DrError {
  if (DrError.is(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new DrError('NOT_FOUND', `get ${key} in store ${store.name}: no such object`, { cause: error });
  return new DrError('STORE_FAILED', `get ${key} in store ${store.name} failed: ${code ?? String(error)}`, {
    cause: error,
  });
}
