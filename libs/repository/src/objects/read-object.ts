import { createHash } from 'node:crypto';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import type { ObjectStore } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import type { ManifestObject } from '../manifest/backup-manifest.js';
import type { Keyring } from '../sealing/keyring.js';
import { Open, openBytes } from '../sealing/open.js';
import { chain } from './chain.js';
import { damageOf } from './damage.js';

/** Passes bytes on unchanged and counts and hashes them; with an expectation, fails at the end when they do not meet it. */
export class HashTap extends Transform {
  private readonly hash = createHash('sha256');
  private digested: string | undefined;
  sizeBytes = 0;

  constructor(
    private readonly objectKey: string,
    private readonly what: 'stored' | 'opened',
    private readonly expected?: { readonly sizeBytes: number; readonly sha256: string },
    /** After each piece, the bytes that have passed so far. */
    private readonly onBytes?: (doneBytes: number) => void,
  ) {
    super({ writableHighWaterMark: 512 * 1024, readableHighWaterMark: 512 * 1024 });
  }

  /** Hexadecimal; of all bytes, so only once the stream has ended. */
  get sha256(): string {
    this.digested ??= this.hash.digest('hex');
    return this.digested;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.hash.update(chunk);
    this.sizeBytes += chunk.length;
    this.onBytes?.(this.sizeBytes);
    callback(null, chunk);
  }

  override _flush(callback: TransformCallback): void {
    const { expected, sizeBytes, sha256 } = this;
    callback(expected === undefined ? null : damageOf(this.objectKey, this.what, expected, { sizeBytes, sha256 }));
  }
}

/**
 * The plaintext of an object of a backup. Ends without an error only when the stored bytes and the plaintext are those of
 * the manifest; fails with DrError CORRUPT_OBJECT, WRONG_KEY, NOT_FOUND or the store's own.
 */
export async function readObject(
  store: ObjectStore,
  object: ManifestObject,
  keyring: Keyring,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Readable> {
  const stored = await store.get(object.key, options);
  return chain(
    stored,
    new HashTap(object.key, 'stored', object),
    new Open(keyring, object.key),
    new HashTap(object.key, 'opened', { sizeBytes: object.plainSizeBytes, sha256: object.plainSha256 }),
  );
}

/** A small object of the store, whole. */
export async function readStored(store: ObjectStore, key: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of (await store.get(key)) as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A small sealed object, opened. */
export async function readSealed(store: ObjectStore, key: string, keyring: Keyring): Promise<Buffer> {
  const stored = await readStored(store, key);
  const plain = openBytes(stored, keyring, key);
  release(stored);
  return plain;
}
