import { createCipheriv, createDecipheriv } from 'node:crypto';
import { DrError } from '@novacron/contracts/threads';
import { type SealHeader, tagBytes } from './seal-header.js';

/** 2^32 frames: the counter of the nonce never comes round. */
const frameLimit = 2 ** 32;

/**
 * Seals frame after frame. Each is bound to the header, the object's key, its own number and whether it is the last: so a
 * frame that is missing, doubled, moved, or taken from another object does not open.
 */
export class FrameSealer {
  private number = 0;

  constructor(
    private readonly header: SealHeader,
    private readonly objectKey: string,
  ) {}

  seal(pieces: readonly Uint8Array[], last: boolean): Buffer[] {
    if (this.number >= frameLimit) {
      throw new DrError('PRECONDITION_FAILED', `${this.objectKey} is too large to seal as one object`);
    }
    const cipher = createCipheriv('aes-256-gcm', this.header.dataKey, nonce(this.header, this.number));
    cipher.setAAD(associated(this.header, this.objectKey, this.number, last));
    const sealed: Buffer[] = pieces.map((piece) => cipher.update(piece));
    cipher.final();
    sealed.push(cipher.getAuthTag());
    this.number += 1;
    return sealed;
  }
}

/** Opens what {@link FrameSealer} sealed, in the same order; nothing of a frame is given out before its tag was checked. */
export class FrameOpener {
  private number = 0;

  constructor(
    private readonly header: SealHeader,
    private readonly objectKey: string,
  ) {}

  /** @throws DrError CORRUPT_OBJECT naming the object and the frame. */
  open(frame: Buffer, last: boolean): Buffer {
    if (frame.length < tagBytes) throw this.corrupt('is cut off');
    const decipher = createDecipheriv('aes-256-gcm', this.header.dataKey, nonce(this.header, this.number));
    decipher.setAAD(associated(this.header, this.objectKey, this.number, last));
    decipher.setAuthTag(frame.subarray(-tagBytes));
    const plain = decipher.update(frame.subarray(0, -tagBytes));
    try {
      decipher.final();
    } catch (error) {
      throw this.corrupt('is not what was sealed there', error);
    }
    this.number += 1;
    return plain;
  }

  private corrupt(problem: string, cause?: unknown): DrError {
    return new DrError('CORRUPT_OBJECT', `frame ${this.number} of ${this.objectKey} ${problem}`, {
      details: [{ path: this.objectKey, problem: `frame ${this.number} ${problem}` }],
      cause,
    });
  }
}

function nonce(header: SealHeader, number: number): Buffer {
  const bytes = Buffer.alloc(12);
  header.noncePrefix.copy(bytes);
  bytes.writeUInt32BE(number, 8);
  return bytes;
}

function associated(header: SealHeader, objectKey: string, number: number, last: boolean): Buffer {
  const position = Buffer.alloc(5);
  position.writeUInt32BE(number);
  position.writeUInt8(last ? 1 : 0, 4);
  return Buffer.concat([header.bytes, position, Buffer.from(objectKey)]);
}
