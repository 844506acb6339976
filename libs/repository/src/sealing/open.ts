import { Transform, type TransformCallback } from 'node:stream';
import { DrError } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import { ByteQueue } from './byte-queue.js';
import { FrameOpener } from './frames.js';
import { expectedHeaderBytes, headerOf, headerStartBytes, readHeader } from './header.js';
import { type SealHeader, tagBytes } from './seal-header.js';
import type { Keyring } from './keyring.js';

/**
 * Sealed object in, plaintext out. Each frame is checked before any of it is given out, but only the end of the stream
 * tells that nothing is missing: what was read counts once the stream has ended without an error.
 *
 * Fails with DrError CORRUPT_OBJECT or WRONG_KEY, naming the object.
 */
export class Open extends Transform {
  private readonly queue = new ByteQueue();
  private header: SealHeader | undefined;
  private opener: FrameOpener | undefined;

  constructor(
    private readonly keyring: Keyring,
    private readonly objectKey: string,
  ) {
    super({ writableHighWaterMark: 512 * 1024, readableHighWaterMark: 512 * 1024 });
  }

  /** The key that sealed the object; known once the header was read. */
  get keyId(): string | undefined {
    return this.header?.keyId;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    try {
      this.queue.push(chunk);
      this.takeHeader();
      const frameBytes = (this.header?.frameSizeBytes ?? Infinity) + tagBytes;
      while (this.queue.length > frameBytes) this.push(this.opener?.open(this.queue.takeBuffer(frameBytes), false));
      callback();
    } catch (error) {
      callback(DrError.from(error));
    }
  }

  override _flush(callback: TransformCallback): void {
    try {
      this.takeHeader();
      if (this.opener === undefined) throw new DrError('CORRUPT_OBJECT', `${this.objectKey} ends within its header`);
      this.push(this.opener.open(this.queue.takeBuffer(this.queue.length), true));
      callback();
    } catch (error) {
      callback(DrError.from(error));
    }
  }

  private start: Buffer | undefined;

  private takeHeader(): void {
    if (this.header !== undefined) return;
    if (this.start === undefined && this.queue.length >= headerStartBytes) {
      this.start = this.queue.takeBuffer(headerStartBytes);
    }
    if (this.start === undefined) return;
    const rest = expectedHeaderBytes(this.start, this.objectKey) - headerStartBytes;
    if (this.queue.length < rest) return;
    const bytes = Buffer.concat([this.start, this.queue.takeBuffer(rest)]);
    this.header = readHeader(bytes, this.keyring, this.objectKey);
    this.opener = new FrameOpener(this.header, this.objectKey);
  }
}

/**
 * The plaintext of a sealed object that is in memory.
 * @throws DrError CORRUPT_OBJECT or WRONG_KEY, naming the object.
 */
export function openBytes(stored: Buffer, keyring: Keyring, objectKey: string): Buffer {
  const header = headerOf(stored, keyring, objectKey);
  const headerEnd = header.bytes.length;
  const opener = new FrameOpener(header, objectKey);
  const frameBytes = header.frameSizeBytes + tagBytes;
  const plain: Buffer[] = [];
  let at = headerEnd;
  for (; stored.length - at > frameBytes; at += frameBytes) {
    plain.push(opener.open(stored.subarray(at, at + frameBytes), false));
  }
  plain.push(opener.open(stored.subarray(at), true));
  if (plain.length === 1) return plain[0] as Buffer;
  const whole = Buffer.concat(plain);
  plain.forEach(release);
  return whole;
}
