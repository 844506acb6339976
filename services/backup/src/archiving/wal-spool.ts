import { mkdir, open, readdir, readFile, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { release } from '@novacron/contracts/threads';
import { defaultSegmentSizeBytes, formatLsn, type Lsn, parseSegmentName, segmentName } from '@novacron/repository';
import type { ResumePoint, WalPosition } from '../domain/resume-point.js';

/** One WAL file that was received, and how much of it counts. */
export interface SpooledSegment {
  readonly name: string;
  readonly timeline: number;
  readonly number: bigint;
  readonly path: string;
  readonly complete: boolean;
  /** Bytes of it that were received for sure. */
  readonly end: number;
}

export interface SpooledHistory {
  readonly timeline: number;
  readonly text: string;
}

export interface SpoolView {
  /** In the order they were received. */
  readonly segments: readonly SpooledSegment[];
  readonly histories: readonly SpooledHistory[];
}

const segmentSize = defaultSegmentSizeBytes;

/**
 * Where received WAL lies until every store has it: a folder for each run of the receiver, named so that they sort by time.
 * The receiver goes on from the newest file in its folder, so a new source gets a folder of its own.
 */
export class WalSpool {
  /** Ends that were looked for in a file, by path, size and time of change: such a look reads the whole file. */
  private readonly lookedAt = new Map<string, { readonly key: string; readonly end: number }>();

  constructor(readonly folder: string) {}

  /** The runs of the receiver, oldest first. */
  async runs(): Promise<string[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const names = await readdir(this.folder);
    return names.filter((name) => /^\d{8}-\d{4}$/u.test(name)).sort();
  }

  /** The folder for the next run within an epoch; with a point to begin at, the receiver begins exactly there. */
  async newRun(epoch: number, from: ResumePoint | undefined): Promise<string> {
    const prefix = String(epoch).padStart(8, '0');
    const last = (await this.runs()).findLast((name) => name.startsWith(`${prefix}-`));
    const number = last === undefined ? 1 : Number(last.slice(9)) + 1;
    const path = join(this.folder, `${prefix}-${String(number).padStart(4, '0')}`);
    await mkdir(path, { recursive: true, mode: 0o700 });
    // pg_receivewal begins with the newest segment it finds; an empty one that is being received is one to begin with.
    if (from !== undefined)
      await writeFile(join(path, `${segmentName(from, segmentSize)}.partial`), '', { mode: 0o600 });
    return path;
  }

  /**
   * What is there now. `flushedLsn` is what the receiver has confirmed; where it is not known, the file that is being received
   * counts up to its last byte that is not zero, since the receiver fills a new file with zeros.
   */
  async view(flushedLsn: Lsn | undefined): Promise<SpoolView> {
    const segments: SpooledSegment[] = [];
    const histories: SpooledHistory[] = [];
    const runs = await this.runs();
    for (const run of runs) {
      const names = (await readdir(join(this.folder, run))).sort();
      const files = names.filter(isSegmentFile).sort(byReceipt);
      for (const file of files) {
        const beingReceived = run === runs.at(-1) && file === files.at(-1);
        const segment = await this.segmentAt(
          join(this.folder, run, file),
          file,
          beingReceived ? flushedLsn : undefined,
        );
        if (segment !== undefined) segments.push(segment);
      }
      for (const name of names.filter((one) => /^[0-9A-F]{8}\.history$/u.test(one))) {
        const text = await readFile(join(this.folder, run, name), 'utf8');
        if (text !== '') histories.push({ timeline: Number.parseInt(name.slice(0, 8), 16), text });
      }
    }
    return { segments, histories };
  }

  /** What the disc of the spool has left. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  /** Bytes of a spooled segment. */
  async read(segment: SpooledSegment, start: number, end: number): Promise<Buffer> {
    const file = await open(segment.path, 'r').catch(async (error: NodeJS.ErrnoException) => {
      // It became complete since it was looked at, and lost its suffix.
      if (error.code === 'ENOENT' && !segment.complete) return open(segment.path.replace(/\.partial$/u, ''), 'r');
      throw error;
    });
    try {
      const bytes = Buffer.alloc(end - start);
      await file.read(bytes, 0, bytes.length, start);
      return bytes;
    } finally {
      await file.close();
    }
  }

  async remove(segment: SpooledSegment): Promise<void> {
    this.lookedAt.delete(segment.path);
    await rm(segment.path, { force: true });
  }

  /** Removes the folders of former runs that hold no WAL any more. */
  async removeEmptyRuns(): Promise<void> {
    for (const run of (await this.runs()).slice(0, -1)) {
      const path = join(this.folder, run);
      const names = await readdir(path);
      if (names.some((name) => !name.endsWith('.history'))) continue;
      for (const name of names) await rm(join(path, name), { force: true });
      await rmdir(path);
    }
  }

  private async segmentAt(
    path: string,
    file: string,
    flushedLsn: Lsn | undefined,
  ): Promise<SpooledSegment | undefined> {
    const name = file.slice(0, 24);
    const info = await stat(path).catch(() => undefined);
    // Renamed when it became complete, between our looks: the next one will see it.
    if (info === undefined) return undefined;
    const complete = file.length === 24;
    const { timeline, number } = parseSegmentName(name, segmentSize);
    const end = complete
      ? segmentSize
      : flushedLsn === undefined
        ? await this.lastByte(path, `${info.size}:${info.mtimeMs}`)
        : clamp(flushedLsn - number * BigInt(segmentSize));
    return { name, timeline, number, path, complete, end };
  }

  private async lastByte(path: string, key: string): Promise<number> {
    const known = this.lookedAt.get(path);
    if (known?.key === key) return known.end;
    const bytes = await readFile(path);
    const end = afterLastByte(bytes);
    release(bytes);
    this.lookedAt.set(path, { key, end });
    return end;
  }
}

/** How far a list of segments goes on each timeline. */
export function furthest(segments: readonly Pick<SpooledSegment, 'timeline' | 'number' | 'end'>[]): WalPosition[] {
  const positions = new Map<number, Lsn>();
  for (const { timeline, number, end } of segments) {
    if (end === 0) continue;
    const lsn = number * BigInt(segmentSize) + BigInt(end);
    if (lsn > (positions.get(timeline) ?? 0n)) positions.set(timeline, lsn);
  }
  return [...positions].map(([timeline, lsn]) => ({ timeline, lsn }));
}

export function describePosition({ timeline, lsn }: WalPosition): string {
  return `${formatLsn(lsn)} on timeline ${timeline}`;
}

/** The length of a buffer without the zeros at its end. */
export function afterLastByte(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

/** Whether a file of a run holds WAL: whole, or being received. */
export function isSegmentFile(name: string): boolean {
  return /^[0-9A-F]{24}(?:\.partial)?$/u.test(name);
}

/** Where pg_receivewal goes on in a folder: with its newest segment, or after it when that is whole; undefined in an empty one. */
export async function nextToReceive(folder: string): Promise<ResumePoint | undefined> {
  const newest = (await readdir(folder)).filter(isSegmentFile).sort(byReceipt).at(-1);
  if (newest === undefined) return undefined;
  const { timeline, number } = parseSegmentName(newest.slice(0, 24), segmentSize);
  return { timeline, number: newest.length === 24 ? number + 1n : number };
}

/** As pg_receivewal orders them: by position, then by timeline. */
export function byReceipt(a: string, b: string): number {
  const [left, right] = [`${a.slice(8, 24)}${a.slice(0, 8)}`, `${b.slice(8, 24)}${b.slice(0, 8)}`];
  return left < right ? -1 : left > right ? 1 : b.length - a.length;
}

function clamp(offset: bigint): number {
  if (offset <= 0n) return 0;
  return offset > BigInt(segmentSize) ? segmentSize : Number(offset);
}
