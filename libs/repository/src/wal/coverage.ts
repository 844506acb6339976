import type { Chunk } from './chunk-key.js';
import { formatLsn, type Lsn } from './lsn.js';
import { segmentAt, segmentName, segmentStart } from './segment.js';
import type { TimelineStretch } from './timeline-history.js';

/** What an archive holds of one PostgreSQL system, as its keys tell. */
export interface WalIndex {
  readonly systemId: string;
  readonly segmentSizeBytes: number;
  readonly chunks: readonly Chunk[];
  /** The timelines that lead to each one that branched off. */
  readonly histories: ReadonlyMap<number, readonly TimelineStretch[]>;
}

export interface LsnRange {
  readonly from: Lsn;
  readonly until: Lsn;
}

export interface Reach {
  /** Everything from the start to here is archived. */
  readonly until: Lsn;
  /** Of the last commit known to be before `until`. */
  readonly lastCommitAtMs?: number;
  /** The first stretch that is missing although later WAL is there. */
  readonly gap?: LsnRange;
}

/** The timelines on the way to one, oldest first; only itself when it did not branch off, or its history is not archived. */
export function pathTo(index: WalIndex, timeline: number): readonly TimelineStretch[] {
  return index.histories.get(timeline) ?? [{ timeline }];
}

/** The newest timeline of the archive; undefined when there is none. */
export function newestTimeline(index: WalIndex): number | undefined {
  const timelines = [...index.chunks.map((chunk) => chunk.timeline), ...index.histories.keys()];
  return timelines.length === 0 ? undefined : timelines.reduce((a, b) => Math.max(a, b));
}

/**
 * How far replay from an LSN can go on the way to a timeline without a byte missing. A segment in which a timeline begins
 * may come from either side: the server copies what went before into the new file.
 */
export function contiguousUntil(index: WalIndex, timeline: number, from: Lsn): Reach {
  let until = from;
  let lastCommitAtMs: number | undefined;
  for (const range of rangesOn(index, timeline).filter((one) => one.until > from)) {
    if (range.from > until) {
      return reach(until, lastCommitAtMs, { from: until, until: range.from });
    }
    if (range.until > until) until = range.until;
    if (range.lastCommitAtMs !== undefined) lastCommitAtMs = Math.max(lastCommitAtMs ?? 0, range.lastCommitAtMs);
  }
  return reach(until, lastCommitAtMs);
}

/** The stretches from an LSN on that one archive holds of a timeline and another does not; none without an LSN to begin at. */
export function uncoveredRanges(
  own: WalIndex,
  other: WalIndex,
  from: Lsn | undefined,
): (LsnRange & { readonly timeline: number })[] {
  if (from === undefined) return [];
  const timelines = [...new Set(other.chunks.map(({ timeline }) => timeline))];
  return timelines.flatMap((timeline) => {
    const held = merged(own, timeline);
    return merged(other, timeline)
      .map((range) => ({ from: range.from > from ? range.from : from, until: range.until }))
      .flatMap((range) => without(range, held))
      .map((range) => ({ timeline, ...range }));
  });
}

export interface SegmentState {
  readonly name: string;
  readonly state: 'found' | 'partial' | 'missing';
}

/** Each segment that replay from one LSN to another needs: whole, in part (within the range asked for), or not there. */
export function segmentStates(index: WalIndex, timeline: number, { from, until }: LsnRange): SegmentState[] {
  const size = index.segmentSizeBytes;
  const path = pathTo(index, timeline);
  const ranges = rangesOn(index, timeline);
  const states: SegmentState[] = [];
  for (let number = segmentAt(from, size); segmentStart(number, size) < until; number += 1n) {
    const [start, end] = [segmentStart(number, size), segmentStart(number + 1n, size)];
    const wanted = { from: start < from ? from : start, until: end > until ? until : end };
    const covered = coveredBytes(ranges, wanted);
    const holder = path.find((stretch) => stretch.end === undefined || end <= stretch.end);
    const state = covered === wanted.until - wanted.from ? 'found' : covered === 0n ? 'missing' : 'partial';
    states.push({ name: segmentName({ timeline: holder?.timeline ?? timeline, number }, size), state });
  }
  return states;
}

/** A range for messages: `0/3000000 to 0/4000000`. */
export function describeRange(range: LsnRange): string {
  return `${formatLsn(range.from)} to ${formatLsn(range.until)}`;
}

interface DatedRange extends LsnRange {
  readonly lastCommitAtMs?: number;
}

/** Every archived stretch on the way to a timeline, in order; what a timeline held past its end is another history's. */
function rangesOn(index: WalIndex, timeline: number): DatedRange[] {
  const ends = new Map(pathTo(index, timeline).map((stretch) => [stretch.timeline, stretch.end]));
  return index.chunks
    .filter((chunk) => ends.has(chunk.timeline))
    .flatMap((chunk) => {
      const start = segmentStart(chunk.number, index.segmentSizeBytes);
      const [from, until] = [start + BigInt(chunk.start), start + BigInt(chunk.end)];
      const end = ends.get(chunk.timeline);
      if (end === undefined || until <= end) {
        return [
          { from, until, ...(chunk.lastCommitAtMs === undefined ? {} : { lastCommitAtMs: chunk.lastCommitAtMs }) },
        ];
      }
      // The last commit of a chunk that reaches past the branch may lie past it too: its time is not counted.
      return from < end ? [{ from, until: end }] : [];
    })
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
}

/** What is archived of one timeline, as few stretches as there are holes between. */
function merged(index: WalIndex, timeline: number): LsnRange[] {
  const ranges = index.chunks
    .filter((chunk) => chunk.timeline === timeline)
    .map(({ number, start, end }) => {
      const first = segmentStart(number, index.segmentSizeBytes);
      return { from: first + BigInt(start), until: first + BigInt(end) };
    })
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const found: LsnRange[] = [];
  for (const range of ranges) {
    const last = found.at(-1);
    if (last === undefined || range.from > last.until) found.push(range);
    else if (range.until > last.until) found[found.length - 1] = { from: last.from, until: range.until };
  }
  return found;
}

function without(range: LsnRange, held: readonly LsnRange[]): LsnRange[] {
  const left: LsnRange[] = [];
  let at = range.from;
  for (const { from, until } of held) {
    if (until <= at || from >= range.until) continue;
    if (from > at) left.push({ from: at, until: from });
    at = until;
  }
  if (at < range.until) left.push({ from: at, until: range.until });
  return left;
}

function coveredBytes(ranges: readonly LsnRange[], wanted: LsnRange): bigint {
  let covered = 0n;
  let at = wanted.from;
  for (const range of ranges) {
    const from = range.from > at ? range.from : at;
    const until = range.until < wanted.until ? range.until : wanted.until;
    if (until <= from) continue;
    covered += until - from;
    at = until;
  }
  return covered;
}

function reach(until: Lsn, lastCommitAtMs: number | undefined, gap?: LsnRange): Reach {
  return {
    until,
    ...(lastCommitAtMs === undefined ? {} : { lastCommitAtMs }),
    ...(gap === undefined ? {} : { gap }),
  };
}
