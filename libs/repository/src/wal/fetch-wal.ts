import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import type { Chunk } from './chunk-key.js';
import { contiguousUntil, describeRange, pathTo, type Reach, type WalIndex } from './coverage.js';
import { formatLsn, type Lsn } from './lsn.js';
import { type Segment, segmentAt, segmentName, segmentStart, timelineName } from './segment.js';
import type { WalArchive } from './wal-archive.js';

export interface FetchWalOptions {
  /** Where replay begins: a backup's start LSN. */
  readonly from: Lsn;
  /** What the restore must at least reach; refused when the archive does not hold it. */
  readonly until?: Lsn;
  /** Segments that begin here or later are left out, where not all is wanted at once. */
  readonly upTo?: Lsn;
  /** The timeline to recover to. */
  readonly timeline: number;
  /** A folder, made when absent; a file there is complete or absent. */
  readonly toDir: string;
  readonly signal?: AbortSignal;
}

export interface FetchedWal {
  readonly reach: Reach;
  readonly segments: readonly string[];
}

/**
 * Writes what a restore needs as the server names it: every segment from an LSN to where the archive ends without a gap,
 * and the history files of the way. What lies behind a gap is left out: the server could not use it. Once it returns, the files
 * outlive a loss of power.
 * @throws DrError OUTSIDE_RECOVERY_WINDOW when `until` is not reached, or what was listed is gone for good, naming what is missing.
 */
export async function fetchWal(archive: WalArchive, options: FetchWalOptions): Promise<FetchedWal> {
  const listed = await archive.index();
  const reach = contiguousUntil(listed, options.timeline, options.from);
  if (options.until !== undefined && reach.until < options.until) throw notReached(archive, reach, options.until);
  await mkdir(options.toDir, { recursive: true });
  await writeHistories(archive, listed, options);
  const segments: string[] = [];
  const { upTo = reach.until } = options;
  const range = { from: options.from, until: upTo < reach.until ? upTo : reach.until };
  let index = listed;
  for (const segment of neededSegments(listed, options.timeline, range)) {
    options.signal?.throwIfAborted();
    const name = segmentName(segment, listed.segmentSizeBytes);
    const assemble = async () => archive.assemble(chunksOf(index, options.timeline, segment), segment);
    const { bytes, archivedBytes } = await assemble().catch(async (error: unknown) => {
      // Merged with others since it was listed, or expired.
      if (DrError.from(error).code !== 'NOT_FOUND') throw error;
      index = await archive.index();
      const left = contiguousUntil(index, options.timeline, range.from);
      if (left.until < range.until) throw notReached(archive, left, range.until);
      return assemble();
    });
    if (archivedBytes === 0) continue;
    await writeWhole(join(options.toDir, name), bytes);
    release(bytes);
    segments.push(name);
  }
  await flushNames(options.toDir);
  return { reach, segments };
}

async function writeHistories(archive: WalArchive, index: WalIndex, options: FetchWalOptions): Promise<void> {
  for (const { timeline } of pathTo(index, options.timeline)) {
    if (!index.histories.has(timeline)) continue;
    const text = await archive.readHistory(timeline);
    await writeWhole(join(options.toDir, `${timelineName(timeline)}.history`), Buffer.from(text));
  }
}

/** The files that cover a range: of each timeline those that it wrote. */
function neededSegments(
  index: WalIndex,
  timeline: number,
  range: { readonly from: Lsn; readonly until: Lsn },
): Segment[] {
  const size = index.segmentSizeBytes;
  const [first, end] = [segmentAt(range.from, size), range.until];
  return pathTo(index, timeline).flatMap((stretch) => {
    const numbers = new Set(index.chunks.filter((one) => one.timeline === stretch.timeline).map((one) => one.number));
    return [...numbers]
      .filter((number) => number >= first && segmentStart(number, size) < end)
      .filter((number) => stretch.end === undefined || segmentStart(number, size) < stretch.end)
      .sort((a, b) => (a < b ? -1 : 1))
      .map((number) => ({ timeline: stretch.timeline, number }));
  });
}

/**
 * The chunks of a segment on the way to a timeline, the one that its timeline began in with its parent's bytes: of an ancestor only
 * as far as it was followed.
 */
function chunksOf(index: WalIndex, target: number, { timeline, number }: Segment): Chunk[] {
  const path = pathTo(index, target);
  const upToOwn = path.slice(0, path.findIndex((stretch) => stretch.timeline === timeline) + 1);
  return upToOwn.flatMap((ancestor) => {
    const own = index.chunks.filter((chunk) => chunk.timeline === ancestor.timeline && chunk.number === number);
    if (ancestor.timeline === timeline || ancestor.end === undefined) return own;
    const limit = Number(ancestor.end - segmentStart(number, index.segmentSizeBytes));
    return own.filter((chunk) => chunk.start < limit).map((chunk) => ({ ...chunk, end: Math.min(chunk.end, limit) }));
  });
}

/** Whole before it bears its name: a server must never read half a segment. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  await writeFile(`${path}.part`, bytes, { mode: 0o600, flush: true });
  await rename(`${path}.part`, path);
}

async function flushNames(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function notReached(archive: WalArchive, reach: Reach, until: Lsn): DrError {
  const problem =
    reach.gap === undefined
      ? `ends at ${formatLsn(reach.until)}, ${formatLsn(until)} is needed`
      : `lacks ${describeRange(reach.gap)}`;
  return new DrError('OUTSIDE_RECOVERY_WINDOW', `the WAL archive in ${archive.store.name} ${problem}`, {
    details: [{ path: `wal/${archive.systemId}`, problem }],
  });
}
