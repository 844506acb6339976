import { DrError } from '@novacron/contracts';

const markBytes = 40;

/**
 * What a server sends on its replication port after SYNC, taken apart: newlines while it prepares, then `$<length>` or
 * `$EOF:<40 bytes>`, then the file, and in the second case the forty bytes once more, which are not part of it.
 */
export class DumpReader {
  private pending = Buffer.alloc(0);
  private mode: { readonly left: number } | { readonly mark: Buffer } | undefined;
  done = false;

  /** `answers` is how many come before SYNC may be sent, which `ready` then does. */
  constructor(
    private answers: number,
    private readonly ready: () => void,
  ) {}

  /** The bytes of the file in this chunk. @throws DrError COMMAND_FAILED with the server's refusal. */
  read(chunk: Buffer): Buffer {
    this.pending = Buffer.concat([this.pending, chunk]);
    if (this.mode === undefined && !this.readAnnouncement()) return Buffer.alloc(0);
    if (this.mode === undefined) return Buffer.alloc(0);
    return 'mark' in this.mode ? this.untilMark(this.mode.mark) : this.untilLength(this.mode.left);
  }

  private readAnnouncement(): boolean {
    for (;;) {
      const end = this.pending.indexOf('\n');
      if (end < 0) return false;
      const line = this.pending.subarray(0, end).toString('latin1').trim();
      this.pending = this.pending.subarray(end + 1);
      if (line.startsWith('+')) {
        this.answers -= 1;
        if (this.answers === 0) this.ready();
        continue;
      }
      // A keepalive while the server prepares.
      if (line === '') continue;
      if (line.startsWith('-'))
        throw new DrError('COMMAND_FAILED', `Redis refused to send its data: ${line.slice(1)}`, {
          hint: 'the user needs +sync and +replconf',
        });
      if (line.startsWith('$EOF:')) this.mode = { mark: Buffer.from(line.slice(5), 'latin1') };
      else if (/^\$\d+$/u.test(line)) this.mode = { left: Number(line.slice(1)) };
      else throw new DrError('COMMAND_FAILED', 'Redis answered SYNC with something else than its data');
      return true;
    }
  }

  private untilLength(left: number): Buffer {
    const bytes = this.pending.subarray(0, left);
    this.pending = this.pending.subarray(bytes.length);
    this.mode = { left: left - bytes.length };
    this.done = left === bytes.length;
    return bytes;
  }

  /** Holds back as many bytes as the mark has: they may be it. */
  private untilMark(mark: Buffer): Buffer {
    const cut = Math.max(0, this.pending.length - markBytes);
    const bytes = this.pending.subarray(0, cut);
    this.pending = this.pending.subarray(cut);
    this.done = this.pending.equals(mark);
    return bytes;
  }
}
