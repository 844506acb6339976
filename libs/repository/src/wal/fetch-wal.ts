import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import { contiguousUntil, describeRange, pathTo, type Reach, type WalIndex } from './coverage.js';
import { formatLsn, type Lsn } from './lsn.js';
import { segmentAt, segmentName, segmentStart, timelineName } from './segment.js';
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
 * and the history files of the way. What lies behind a gap is left out: the server could not use it.
 * @throws DrError OUTSIDE_RECOVERY_WINDOW when `until` is not reached, naming what is missing.
 */
export async function fetchWal(archive: WalArchive, options: FetchWalOptions): Promise<FetchedWal> {
  const index = await archive.index();
  const reach = contiguousUntil(index, options.timeline, options.from);
  if (options.until !== undefined && reach.until < options.until) throw notReached(archive, reach, options.until);
  await mkdir(options.toDir, { recursive: true });
  for (const { timeline } of pathTo(index, options.timeline)) {
    if (!index.histories.has(timeline)) continue;
    const text = await archive.readHistory(timeline);
    await writeWhole(join(options.toDir, `${timelineName(timeline)}.history`), Buffer.from(text));
  }
  const segments: string[] = [];
  const { upTo = reach.until } = options;
  const until = upTo < reach.until ? upTo : reach.until;
  for (const segment of neededSegments(index, options.timeline, { from: options.from, until })) {
    options.signal?.throwIfAborted();
    const name = segmentName(segment, index.segmentSizeBytes);
    const { bytes, archivedBytes } = await archive.assemble(segment.chunks, segment);
    if (archivedBytes === 0) continue;
    await writeWhole(join(options.toDir, name), bytes);
    release(bytes);
    segments.push(name);
  }
  return { reach, segments };
}

/** The files that cover a range: of each timeline those that it wrote, the one it began in with its parent's bytes. */
function neededSegments(index: WalIndex, timeline: number, range: { readonly from: Lsn; readonly until: Lsn }) {
  const size = index.segmentSizeBytes;
  const path = pathTo(index, timeline);
  const [first, end] = [segmentAt(range.from, size), range.until];
  return path.flatMap((stretch, position) => {
    const numbers = new Set(index.chunks.filter((one) => one.timeline === stretch.timeline).map((one) => one.number));
    return [...numbers]
      .filter((number) => number >= first && segmentStart(number, size) < end)
      .filter((number) => stretch.end === undefined || segmentStart(number, size) < stretch.end)
      .sort((a, b) => (a < b ? -1 : 1))
      .map((number) => ({
        timeline: stretch.timeline,
        number,
        chunks: path.slice(0, position + 1).flatMap((ancestor) => chunksOf(index, ancestor, stretch.timeline, number)),
      }));
  });
}

/** The chunks of a segment that a timeline on the way wrote; an ancestor's only as far as it was followed. */
function chunksOf(
  index: WalIndex,
  ancestor: { readonly timeline: number; readonly end?: Lsn },
  timeline: number,
  number: bigint,
) {
  const own = index.chunks.filter((chunk) => chunk.timeline === ancestor.timeline && chunk.number === number);
  if (ancestor.timeline === timeline || ancestor.end === undefined) return own;
  const limit = Number(ancestor.end - segmentStart(number, index.segmentSizeBytes));
  return own.filter((chunk) => chunk.start < limit).map((chunk) => ({ ...chunk, end: Math.min(chunk.end, limit) }));
}

/** Whole before it bears its name: a server must never read half a segment. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  await writeFile(`${path}.part`, bytes, { mode: 0o600 });
  await rename(`${path}.part`, path);
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
