import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DrError, type Fields, type ObjectStore } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import { ManifestObject } from '../manifest/backup-manifest.js';
import type { Keyring } from '../sealing/keyring.js';
import { Open } from '../sealing/open.js';
import { Seal, sealBytes, sealedSizeBytes } from '../sealing/seal.js';
import { chain } from './chain.js';
import { HashTap, readSealed } from './read-object.js';

export interface StoreObjectOptions {
  readonly key: string;
  /** Opens the plaintext from its start; called again to compare when the key exists already. */
  readonly source: () => Readable;
  /** Lets the upload announce its length; the source must have exactly so many bytes. */
  readonly plainSizeBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Seals a source into the store. Repeating it after a crash is safe: a key that exists already is accepted when it opens to
 * the same plaintext.
 * @throws DrError CONFLICT when the key holds other content, or the store's own error.
 */
export async function storeObject(
  store: ObjectStore,
  keyring: Keyring,
  options: StoreObjectOptions,
): Promise<ManifestObject> {
  const { key, source, plainSizeBytes, signal } = options;
  const seal = new Seal(keyring, key);
  try {
    await store.put(key, chain(source(), seal), {
      bulk: true,
      retain: true,
      ...(plainSizeBytes === undefined ? {} : { sizeBytes: sealedSizeBytes(plainSizeBytes, keyring) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!DrError.is(error) || error.code !== 'CONFLICT') throw error;
    return acceptSame(store, keyring, options, error);
  }
  return requireStored(store, new ManifestObject({ key, ...seal.info } satisfies Fields<ManifestObject>));
}

/** The object, as long as the store says that it has it in its size. @throws DrError VERIFY_FAILED. */
export async function requireStored(store: ObjectStore, object: ManifestObject): Promise<ManifestObject> {
  const { key, sizeBytes } = object;
  if ((await store.head(key))?.sizeBytes === sizeBytes) return object;
  throw new DrError('VERIFY_FAILED', `${key} is not in ${store.name} with the ${sizeBytes} bytes that were sent`);
}

/** What holds the key already, as long as it opens to the same plaintext. @throws DrError CONFLICT otherwise. */
export async function acceptSame(
  store: ObjectStore,
  keyring: Keyring,
  { key, source, signal }: Pick<StoreObjectOptions, 'key' | 'source' | 'signal'>,
  conflict: DrError,
): Promise<ManifestObject> {
  const existing = await describeObject(store, key, keyring, signal === undefined ? {} : { signal });
  const own = new HashTap(key, 'opened');
  await pipeline(source(), own, discard, signal === undefined ? {} : { signal });
  if (own.sha256 === existing.plainSha256) return existing;
  throw new DrError('CONFLICT', `${key} exists in ${store.name} with other content`, {
    hint: 'an object is never overwritten: store it under another name or begin a new backup',
    cause: conflict,
  });
}

/**
 * What a manifest says of an object, found by reading it back whole.
 * @throws DrError NOT_FOUND, CORRUPT_OBJECT, WRONG_KEY, or the store's own.
 */
export async function describeObject(
  store: ObjectStore,
  key: string,
  keyring: Keyring,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ManifestObject> {
  const stored = new HashTap(key, 'stored');
  const open = new Open(keyring, key);
  const plain = new HashTap(key, 'opened');
  await pipeline(await store.get(key, options), stored, open, plain, discard);
  return new ManifestObject({
    key,
    sizeBytes: stored.sizeBytes,
    sha256: stored.sha256,
    plainSizeBytes: plain.sizeBytes,
    plainSha256: plain.sha256,
    keyId: open.keyId ?? '',
  } satisfies Fields<ManifestObject>);
}

/**
 * Stores a small object whole and reads it back. A key that exists already is accepted when it opens to the same bytes.
 * @throws DrError CONFLICT when it holds others, VERIFY_FAILED when it cannot be read back as it was sent.
 */
export async function storeSealedBytes(
  store: ObjectStore,
  keyring: Keyring,
  key: string,
  plain: Uint8Array,
  options: { readonly signal?: AbortSignal; readonly retain?: boolean } = {},
): Promise<{ readonly sizeBytes: number }> {
  const sealed = sealBytes(plain, keyring, key);
  try {
    await store.put(key, sealed, { sizeBytes: sealed.length, ...options });
  } catch (error) {
    if (!DrError.is(error) || error.code !== 'CONFLICT') throw error;
    if ((await readSealed(store, key, keyring)).equals(plain)) return { sizeBytes: sealed.length };
    throw new DrError('CONFLICT', `${key} exists in ${store.name} with other content`, { cause: error });
  }
  const sizeBytes = sealed.length;
  if (!(await readsBackAs(store, key, sealed))) {
    throw new DrError('VERIFY_FAILED', `${key} does not read back from ${store.name} as it was sent`);
  }
  release(sealed);
  return { sizeBytes };
}

/** Compared piece by piece: a segment of WAL is not held twice. */
async function readsBackAs(store: ObjectStore, key: string, sent: Buffer): Promise<boolean> {
  let at = 0;
  for await (const piece of (await store.get(key)) as AsyncIterable<Buffer>) {
    if (!sent.subarray(at, at + piece.length).equals(piece)) return false;
    at += piece.length;
  }
  return at === sent.length;
}

/** The end of a pipeline that is only read for its hashes. */
export async function discard(source: AsyncIterable<unknown>): Promise<void> {
  const chunks = source[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}
