import { closeSync, fdatasync, openSync, writevSync } from 'node:fs';
import { promisify } from 'node:util';
import { ByteSender, release } from '@novacron/contracts/threads';
import type { ByteSink } from './jobs.js';

/** Where a thread puts what it has made; what is written is its memory no more. */
export interface ByteTarget {
  write(pieces: readonly Buffer[]): Promise<void>;
  end(): Promise<void>;
  /** Nothing is to be made of what was written. */
  fail(error: unknown): void;
}

/** The disc is kept busy while there is more to write: the flush that makes the file durable then finds little left. */
const flushEveryBytes = 32 * 1024 * 1024;

export function targetOf(sink: ByteSink | undefined): ByteTarget {
  if (sink === undefined) return nowhere;
  return 'path' in sink ? new FileTarget(sink.path) : new PortTarget(new ByteSender(sink.port));
}

const nowhere: ByteTarget = {
  write: async (pieces) => pieces.forEach(release),
  end: () => Promise.resolve(),
  fail: () => undefined,
};

class FileTarget implements ByteTarget {
  private readonly file: number;
  private unflushed = 0;
  private flushing: Promise<void> | undefined;

  constructor(path: string) {
    this.file = openSync(path, 'wx', 0o600);
  }

  async write(pieces: readonly Buffer[]): Promise<void> {
    let left = pieces.filter(({ length }) => length > 0);
    while (left.length > 0) {
      let written = writevSync(this.file, left);
      this.unflushed += written;
      while (left[0] !== undefined && written >= left[0].length) {
        written -= left[0].length;
        left = left.slice(1);
      }
      if (left[0] !== undefined) left = [left[0].subarray(written), ...left.slice(1)];
    }
    pieces.forEach(release);
    if (this.unflushed < flushEveryBytes || this.flushing !== undefined) return;
    this.unflushed = 0;
    this.flushing = promisify(fdatasync)(this.file).finally(() => (this.flushing = undefined));
    // What fails here fails again at the last flush, which is waited for.
    this.flushing.catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.flushing?.catch(() => undefined);
    closeSync(this.file);
  }

  fail(): void {
    void this.end();
  }
}

class PortTarget implements ByteTarget {
  constructor(private readonly sender: ByteSender) {}

  async write(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of joined(pieces)) await this.sender.send(piece);
  }

  end(): Promise<void> {
    return this.sender.end();
  }

  fail(error: unknown): void {
    this.sender.fail(error);
  }
}

const smallBytes = 4 * 1024;

/** A tag of a few bytes is not worth a message of its own. */
function joined(pieces: readonly Buffer[]): readonly Buffer[] {
  if (pieces.every(({ length }) => length >= smallBytes)) return pieces;
  const whole = Buffer.concat(pieces);
  pieces.forEach(release);
  return [whole];
}
