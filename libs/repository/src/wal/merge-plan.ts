import type { Chunk } from './chunk-key.js';
import type { WalIndex } from './coverage.js';
import { segmentAt } from './segment.js';
import { coveringChunks } from './wal-archive.js';

/** Neighbours of one segment that become one chunk. */
export interface Merge {
  readonly timeline: number;
  readonly number: bigint;
  readonly chunks: readonly Chunk[];
  readonly start: number;
  readonly end: number;
  readonly lastCommitAtMs?: number;
}

/** So many neighbours of one order of magnitude are worth one object. */
const runLength = 32;
const smallestTierBytes = 32 * 1024;

/**
 * What of an archive is worth merging: a segment that is whole becomes one chunk; of one that grows, every run of chunks that are
 * alike in size, so that each byte is written anew a few times at most, and a segment never has more than some dozens. Left
 * alone are the newest chunk, and a segment in which a timeline was left: the time of its last commit counts on both sides.
 */
export function planMerges(index: WalIndex): Merge[] {
  const branches = new Set(
    [...index.histories.values()]
      .flat()
      .flatMap(({ timeline, end }) =>
        end === undefined ? [] : [`${timeline} ${segmentAt(end, index.segmentSizeBytes)}`],
      ),
  );
  const segments = new Map<string, Chunk[]>();
  for (const chunk of index.chunks) {
    const segment = `${chunk.timeline} ${chunk.number}`;
    if (!branches.has(segment)) segments.set(segment, [...(segments.get(segment) ?? []), chunk]);
  }
  return [...segments.values()].flatMap((chunks) => mergesOf(coveringChunks(chunks), index.segmentSizeBytes));
}

/** Chunks whose whole range one other chunk of the same segment has: the smaller ones are needed no more. */
export function coveredChunks(chunks: readonly Chunk[]): { readonly chunk: Chunk; readonly by: Chunk }[] {
  return chunks.flatMap((chunk) => {
    const by = chunks.find(
      (other) =>
        other.timeline === chunk.timeline &&
        other.number === chunk.number &&
        other.start <= chunk.start &&
        other.end >= chunk.end &&
        other.end - other.start > chunk.end - chunk.start &&
        (other.lastCommitAtMs ?? 0) >= (chunk.lastCommitAtMs ?? 0),
    );
    return by === undefined ? [] : [{ chunk, by }];
  });
}

function mergesOf(plan: readonly Chunk[], segmentSizeBytes: number): Merge[] {
  if (plan.length < 2) return [];
  if (plan.at(-1)?.end === segmentSizeBytes) return [mergeOf(plan)];
  for (let tierBytes = smallestTierBytes; tierBytes <= segmentSizeBytes; tierBytes *= 32) {
    const runs = runsOf(plan.slice(0, -1), tierBytes).filter((run) => run.length >= runLength);
    if (runs.length > 0) return runs.map(mergeOf);
  }
  return [];
}

function runsOf(chunks: readonly Chunk[], tierBytes: number): Chunk[][] {
  const runs: Chunk[][] = [[]];
  for (const chunk of chunks) {
    if (chunk.end - chunk.start <= tierBytes) runs.at(-1)?.push(chunk);
    else runs.push([]);
  }
  return runs;
}

function mergeOf(chunks: readonly Chunk[]): Merge {
  const times = chunks.flatMap(({ lastCommitAtMs }) => lastCommitAtMs ?? []);
  const [first, last] = [chunks[0] as Chunk, chunks.at(-1) as Chunk];
  return {
    ...{ timeline: first.timeline, number: first.number, chunks, start: first.start, end: last.end },
    ...(times.length === 0 ? {} : { lastCommitAtMs: Math.max(...times) }),
  };
}
