import { type Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import { parseSegmentName, segmentName, type WalArchive, type WalIndex } from '@novacron/repository';
import { within } from '../adapters/within.js';
import type { CommitMark } from '../domain/commit-marks.js';
import type { WalPosition } from '../domain/resume-point.js';
import { furthest, type SpooledSegment, type SpoolView, type WalSpool } from './wal-spool.js';

const putTimeoutMs = 10_000;
const listTimeoutMs = 30_000;
const firstPauseMs = 1_000;
const longestPauseMs = 5_000;

export interface StoreCursorOptions {
  readonly archive: WalArchive;
  readonly spool: WalSpool;
  readonly logger: Logger;
  /** The latest commit that WAL up to a position of a timeline holds. */
  readonly markAt: (position: WalPosition) => CommitMark | undefined;
  /** Makes sure that the keys at hand fit the store, before anything is sealed with them. */
  readonly prepare: () => Promise<void>;
  /** Brings the store's archive up to what other stores hold and the spool does not any more. */
  readonly fillFromOthers: () => Promise<void>;
}

/**
 * How far one store has the WAL that was received, and what brings it further. Stores do not wait for one another: one that is
 * away keeps its place, and goes on from there when it is back.
 */
export class StoreCursor {
  /** Segment by name → bytes archived from its start without a hole. Undefined before the store was listed. */
  private ends: Map<string, number> | undefined;
  private readonly histories = new Set<number>();
  private busy = false;
  private failures = 0;
  private notBeforeMs = 0;

  constructor(private readonly options: StoreCursorOptions) {}

  get segmentSizeBytes(): number {
    return this.options.archive.segmentSizeBytes;
  }

  get store(): string {
    return this.options.archive.store.name;
  }

  /** Why the store does not get WAL at the moment. */
  problem: string | undefined;

  has(segment: SpooledSegment): boolean {
    return this.ends !== undefined && (this.ends.get(segment.name) ?? 0) >= segment.end;
  }

  /** How far the store's archive goes on each timeline; undefined while it is not known. */
  positions(): WalPosition[] | undefined {
    if (this.ends === undefined) return undefined;
    const { segmentSizeBytes } = this.options.archive;
    return furthest([...this.ends].map(([name, end]) => ({ ...parseSegmentName(name, segmentSizeBytes), end })));
  }

  /** Lists the store, where that has not been done: what a former process archived is not sent again. */
  async load(): Promise<void> {
    if (this.ends !== undefined) return;
    await within(`store ${this.store}`, listTimeoutMs, this.options.prepare());
    const index = await within(`store ${this.store}`, listTimeoutMs, this.options.archive.index());
    for (const timeline of index.histories.keys()) this.histories.add(timeline);
    this.ends = archivedEnds(index);
  }

  /** Stores what the spool holds and the store does not. Never throws: a failure is kept as `problem` and tried again. */
  async advance(view: SpoolView, signal: AbortSignal): Promise<void> {
    if (this.busy || performance.now() < this.notBeforeMs) return;
    this.busy = true;
    try {
      // Copied as the others hold it, what was missed is cut into the same chunks everywhere.
      if (this.failures > 0) await this.options.fillFromOthers();
      await this.load();
      if (this.lacksWhatSpoolHasNot(view)) {
        await this.options.fillFromOthers();
        this.ends = undefined;
        await this.load();
      }
      await this.storeAll(view, signal);
      if (this.failures > 0) this.options.logger.info('WAL is stored again', { store: this.store });
      this.failures = 0;
      this.problem = undefined;
    } catch (error) {
      this.failed(error, signal);
    } finally {
      this.busy = false;
    }
  }

  private async storeAll({ segments, histories }: SpoolView, signal: AbortSignal): Promise<void> {
    for (const { timeline, text } of histories) {
      if (this.histories.has(timeline)) continue;
      await within(`store ${this.store}`, putTimeoutMs, this.options.archive.appendHistory(timeline, text));
      this.histories.add(timeline);
    }
    for (const segment of segments) await this.storeSegment(segment, signal);
  }

  private async storeSegment(segment: SpooledSegment, signal: AbortSignal): Promise<void> {
    const { archive, spool, markAt } = this.options;
    const start = this.ends?.get(segment.name) ?? 0;
    if (segment.end <= start) return;
    signal.throwIfAborted();
    const lsn = segment.number * BigInt(archive.segmentSizeBytes) + BigInt(segment.end);
    const mark = markAt({ timeline: segment.timeline, lsn });
    const bytes = await spool.read(segment, start, segment.end);
    await archive.append(segment.name, start, bytes, {
      ...(mark === undefined ? {} : { lastCommitAt: mark.at }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(putTimeoutMs)]),
    });
    release(bytes);
    this.ends?.set(segment.name, segment.end);
  }

  /** A hole between what the store has and what the spool begins with. */
  private lacksWhatSpoolHasNot({ segments }: SpoolView): boolean {
    const [first] = segments;
    if (first === undefined || this.ends === undefined || this.ends.has(first.name)) return false;
    const { segmentSizeBytes } = this.options.archive;
    const before = segmentName({ timeline: first.timeline, number: first.number - 1n }, segmentSizeBytes);
    return (this.ends.get(before) ?? 0) < segmentSizeBytes;
  }

  private failed(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    const { code, message } = DrError.from(error);
    if (this.failures === 0)
      this.options.logger.warn('WAL is not stored', { store: this.store, code, reason: message });
    this.problem = message;
    this.notBeforeMs = performance.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** this.failures);
    this.failures += 1;
    // What failed may have been stored all the same.
    this.ends = undefined;
  }
}

/** Of each segment, how much is archived from its start without a hole. */
export function archivedEnds(index: WalIndex): Map<string, number> {
  const ends = new Map<string, number>();
  const ordered = index.chunks.toSorted((a, b) => a.start - b.start || b.end - a.end);
  for (const { timeline, number, start, end } of ordered) {
    const name = segmentName({ timeline, number }, index.segmentSizeBytes);
    const known = ends.get(name) ?? 0;
    if (start <= known && end > known) ends.set(name, end);
  }
  return ends;
}
