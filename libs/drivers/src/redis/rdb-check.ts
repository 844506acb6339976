import { DrError } from '@novacron/contracts';
import { Crc64 } from './crc64.js';

const checksumBytes = 8;
const header = /^REDIS\d{4}$/u;

/**
 * Looks over an RDB file as it passes by: its header, and the CRC-64 it ends with. A file whose checksum is all zero was
 * written with checksums off and proves nothing, so it is refused.
 */
export class RdbCheck {
  private readonly crc = new Crc64();
  private head = Buffer.alloc(0);
  /** The last bytes seen: they may be the checksum, which does not count into itself. */
  private tail = Buffer.alloc(0);

  update(chunk: Buffer): void {
    if (this.head.length < 9) this.head = Buffer.concat([this.head, chunk.subarray(0, 9 - this.head.length)]);
    const bytes = Buffer.concat([this.tail, chunk]);
    const cut = Math.max(0, bytes.length - checksumBytes);
    this.crc.update(bytes.subarray(0, cut));
    this.tail = bytes.subarray(cut);
  }

  /** @throws DrError CORRUPT_OBJECT saying what is wrong with the file. */
  finish(): void {
    if (!header.test(this.head.toString('latin1')))
      throw new DrError('CORRUPT_OBJECT', 'the Redis dump does not begin as an RDB file');
    if (this.tail.length < checksumBytes) throw new DrError('CORRUPT_OBJECT', 'the Redis dump is cut short');
    const said = this.tail.readBigUInt64LE();
    if (said === 0n) {
      throw new DrError('CORRUPT_OBJECT', 'the Redis dump has no checksum', {
        hint: 'set `rdbchecksum yes` on the server: without it a damaged dump looks well',
      });
    }
    if (said !== this.crc.value) throw new DrError('CORRUPT_OBJECT', 'the Redis dump does not agree with its checksum');
  }
}
