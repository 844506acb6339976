import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { DrError } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import { ByteQueue } from './byte-queue.js';
import { FrameSealer } from './frames.js';
import { createHeader, headerSizeBytes } from './header.js';
import { type SealHeader, tagBytes } from './seal-header.js';
import type { Keyring } from './keyring.js';

/** 256 KiB: large enough for full AES speed, small enough that a reader holds little. */
export const defaultFrameSizeBytes = 256 * 1024;

/** What is known of an object once it is sealed: the stored bytes, and those that went in. */
export interface SealedInfo {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly plainSizeBytes: number;
  readonly plainSha256: string;
  readonly keyId: string;
}

/** The stored size of so many plaintext bytes, so that an upload can announce its length. */
export function sealedSizeBytes(
  plainSizeBytes: number,
  keyring: Keyring,
  frameSizeBytes: number = defaultFrameSizeBytes,
): number {
  const frames = Math.max(1, Math.ceil(plainSizeBytes / frameSizeBytes));
  return headerSizeBytes(Buffer.byteLength(keyring.current)) + plainSizeBytes + frames * tagBytes;
}

/**
 * Plaintext in, sealed object out: a random data key, AES-256-GCM frames bound to the object's key. {@link info} is there
 * once the stream has ended.
 */
export class Seal extends Transform {
  private readonly queue = new ByteQueue();
  private readonly header: SealHeader;
  private readonly sealer: FrameSealer;
  private readonly plainHash = createHash('sha256');
  private readonly storedHash = createHash('sha256');
  private plainSizeBytes = 0;
  private sizeBytes = 0;
  private done: SealedInfo | undefined;

  constructor(
    keyring: Keyring,
    private readonly objectKey: string,
    options: { readonly frameSizeBytes?: number } = {},
  ) {
    super({ writableHighWaterMark: 512 * 1024, readableHighWaterMark: 512 * 1024 });
    this.header = createHeader(keyring, options.frameSizeBytes ?? defaultFrameSizeBytes);
    this.sealer = new FrameSealer(this.header, objectKey);
    this.emitStored(this.header.bytes);
  }

  /** @throws DrError INTERNAL when the object is not whole yet. */
  get info(): SealedInfo {
    if (this.done === undefined) throw new DrError('INTERNAL', `${this.objectKey} is not sealed to its end yet`);
    return this.done;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    try {
      this.plainHash.update(chunk);
      this.plainSizeBytes += chunk.length;
      this.queue.push(chunk);
      // A full frame is held back until a byte follows it: only then is it known not to be the last.
      while (this.queue.length > this.header.frameSizeBytes) this.emitFrame(false);
      callback();
    } catch (error) {
      callback(DrError.from(error));
    }
  }

  override _flush(callback: TransformCallback): void {
    try {
      this.emitFrame(true);
      this.done = {
        sizeBytes: this.sizeBytes,
        sha256: this.storedHash.digest('hex'),
        plainSizeBytes: this.plainSizeBytes,
        plainSha256: this.plainHash.digest('hex'),
        keyId: this.header.keyId,
      };
      callback();
    } catch (error) {
      callback(DrError.from(error));
    }
  }

  private emitFrame(last: boolean): void {
    for (const bytes of this.sealer.seal(this.queue.take(this.header.frameSizeBytes), last)) this.emitStored(bytes);
  }

  private emitStored(bytes: Buffer): void {
    this.storedHash.update(bytes);
    this.sizeBytes += bytes.length;
    this.push(bytes);
  }
}

/** {@link Seal} for what is in memory already; holds a frame besides what it returns. */
export function sealBytes(
  plain: Uint8Array,
  keyring: Keyring,
  objectKey: string,
  frameSizeBytes: number = defaultFrameSizeBytes,
): Buffer {
  const header = createHeader(keyring, frameSizeBytes);
  const sealer = new FrameSealer(header, objectKey);
  const stored = Buffer.allocUnsafeSlow(sealedSizeBytes(plain.length, keyring, frameSizeBytes));
  let at = header.bytes.copy(stored);
  const frames = Math.max(1, Math.ceil(plain.length / frameSizeBytes));
  for (let frame = 0; frame < frames; frame += 1) {
    const start = frame * frameSizeBytes;
    for (const piece of sealer.seal([plain.subarray(start, start + frameSizeBytes)], frame === frames - 1)) {
      at += piece.copy(stored, at);
      release(piece);
    }
  }
  return stored;
}
