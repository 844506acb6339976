import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { DrError, receivedBytes } from '@novacron/contracts/threads';
import { ByteQueue } from '../sealing/byte-queue.js';
import type { ByteSource, JobControl } from './jobs.js';

export interface Frame {
  /** Valid until the next one is asked for. */
  readonly bytes: Buffer;
  readonly last: boolean;
}

const lookAgainMs = 10;

/**
 * A source cut into frames of so many bytes, after `skipBytes` of it; only the last may be shorter, or empty. A frame is given out
 * once it is known whether another follows.
 */
export function framesOf(
  source: ByteSource,
  frameBytes: number,
  control: JobControl,
  skipBytes = 0,
): AsyncGenerator<Frame> {
  if ('path' in source) return framesOfFile(source.path, frameBytes, control, skipBytes);
  return framesOfPort(receivedBytes(source.port), frameBytes, control, skipBytes);
}

/** Two buffers in turn, whatever the file's size. */
async function* framesOfFile(
  path: string,
  frameBytes: number,
  control: JobControl,
  skipBytes: number,
): AsyncGenerator<Frame> {
  const file = openSync(path, 'r');
  try {
    let position = skipBytes;
    const fill = async (buffer: Buffer): Promise<Buffer> => {
      let filled = 0;
      while (filled < frameBytes) {
        requireWanted(control);
        // Asked before the file is read: what was written until it was whole is then there.
        const { whole } = control;
        const read = readSync(file, buffer, filled, frameBytes - filled, position);
        filled += read;
        position += read;
        if (read > 0) continue;
        if (whole) break;
        await sleep(lookAgainMs);
      }
      return buffer.subarray(0, filled);
    };
    let [present, other] = [Buffer.allocUnsafeSlow(frameBytes), Buffer.allocUnsafeSlow(frameBytes)];
    let held = await fill(present);
    while (held.length === frameBytes) {
      const next = await fill(other);
      if (next.length === 0) break;
      yield { bytes: held, last: false };
      held = next;
      [present, other] = [other, present];
      await turn();
    }
    yield { bytes: held, last: true };
  } finally {
    closeSync(file);
  }
}

async function* framesOfPort(
  chunks: AsyncGenerator<Uint8Array>,
  frameBytes: number,
  control: JobControl,
  skipBytes: number,
): AsyncGenerator<Frame> {
  const queue = new ByteQueue();
  let toSkip = skipBytes;
  for await (const chunk of chunks) {
    requireWanted(control);
    const skipped = Math.min(toSkip, chunk.length);
    toSkip -= skipped;
    queue.push(chunk.subarray(skipped));
    while (queue.length > frameBytes) yield { bytes: queue.takeBuffer(frameBytes), last: false };
  }
  yield { bytes: queue.takeBuffer(queue.length), last: true };
}

function requireWanted({ aborted }: JobControl): void {
  if (aborted) throw new DrError('TIMEOUT', 'the work of a thread was aborted');
}
