import { DrError, type ObjectStore } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import { concurrently } from '../objects/concurrently.js';
import { readSealed } from '../objects/read-object.js';
import { storeSealedBytes } from '../objects/store-object.js';
import type { Keyring } from '../sealing/keyring.js';
import { type Chunk, chunkKey, historyKey, parseChunkKey, parseHistoryKey, systemPrefix } from './chunk-key.js';
import { contiguousUntil, type Reach, type WalIndex } from './coverage.js';
import type { Lsn } from './lsn.js';
import { defaultSegmentSizeBytes, parseSegmentName, segmentName, type Segment } from './segment.js';
import { parseTimelineHistory, type TimelineStretch } from './timeline-history.js';

export interface WalArchiveOptions {
  readonly store: ObjectStore;
  readonly keyring: Keyring;
  /** PostgreSQL's system identifier: two clusters never share an archive. */
  readonly systemId: string;
  /** The server's `wal_segment_size`; 16 MiB unless it was built otherwise. */
  readonly segmentSizeBytes?: number;
}

const readsAtOnce = 8;

/**
 * The WAL of one PostgreSQL system in one store, sealed, each byte written once. A segment is archived while it grows, so
 * that the store alone is about as far behind as the calls of {@link append} are apart. A chunk is stored without the zeros it
 * ends with: its key says how long it is.
 */
export class WalArchive {
  readonly store: ObjectStore;
  readonly keyring: Keyring;
  readonly systemId: string;
  readonly segmentSizeBytes: number;

  constructor(options: WalArchiveOptions) {
    if (!/^[A-Za-z0-9_-]+$/u.test(options.systemId)) {
      throw new DrError('INVALID_MESSAGE', `${options.systemId} is not a system identifier`);
    }
    this.store = options.store;
    this.keyring = options.keyring;
    this.systemId = options.systemId;
    this.segmentSizeBytes = options.segmentSizeBytes ?? defaultSegmentSizeBytes;
  }

  /**
   * Archives bytes of a segment from an offset on; resolved once they were read back. The same bytes again are accepted.
   * `lastCommitAt`, by the source's clock: every transaction that committed until then ends before these bytes do.
   * @throws DrError CONFLICT when other bytes are archived there: two servers wrote the same timeline.
   */
  async append(
    name: string,
    startOffset: number,
    bytes: Uint8Array,
    options: { readonly lastCommitAt?: Date; readonly signal?: AbortSignal; readonly retain?: boolean } = {},
  ): Promise<{ readonly key: string; readonly sizeBytes: number }> {
    const segment = parseSegmentName(name, this.segmentSizeBytes);
    const end = startOffset + bytes.length;
    if (startOffset < 0 || bytes.length === 0 || end > this.segmentSizeBytes) {
      throw new DrError('INVALID_MESSAGE', `bytes ${startOffset} to ${end} are not within a WAL segment`);
    }
    const { lastCommitAt, ...store } = options;
    const range = { start: startOffset, end, ...(lastCommitAt === undefined ? {} : { lastCommitAt }) };
    const key = chunkKey(this.systemId, segment, this.segmentSizeBytes, range);
    return { key, ...(await storeSealedBytes(this.store, this.keyring, key, withoutZeros(bytes), store)) };
  }

  /** Archives a timeline's `.history` file, without which nothing after a promotion can be restored. */
  async appendHistory(timeline: number, text: string): Promise<void> {
    parseTimelineHistory(timeline, text);
    await storeSealedBytes(this.store, this.keyring, historyKey(this.systemId, timeline), Buffer.from(text));
  }

  /**
   * What is archived, by listing the store.
   * @throws DrError CORRUPT_OBJECT, WRONG_KEY for a history file that does not open; `tolerant` leaves it out instead.
   */
  async index(options: { readonly tolerant?: boolean } = {}): Promise<WalIndex> {
    const chunks: Chunk[] = [];
    const timelines: number[] = [];
    for await (const { key } of this.store.list(systemPrefix(this.systemId))) {
      const chunk = parseChunkKey(key, this.segmentSizeBytes);
      if (chunk !== undefined) chunks.push(chunk);
      const timeline = parseHistoryKey(key);
      if (timeline !== undefined) timelines.push(timeline);
    }
    const histories = await concurrently(timelines, readsAtOnce, async (timeline) => {
      try {
        const stretches: readonly TimelineStretch[] = parseTimelineHistory(timeline, await this.readHistory(timeline));
        return [timeline, stretches] as const;
      } catch (error) {
        if (options.tolerant === true && !DrError.from(error).retryable) return undefined;
        throw error;
      }
    });
    const { systemId, segmentSizeBytes } = this;
    return { systemId, segmentSizeBytes, chunks, histories: new Map(histories.filter((one) => one !== undefined)) };
  }

  /** How far the archive reaches from an LSN without a gap, on the way to a timeline. */
  async contiguousUntil(timeline: number, from: Lsn): Promise<Reach> {
    return contiguousUntil(await this.index(), timeline, from);
  }

  async readHistory(timeline: number): Promise<string> {
    return (await readSealed(this.store, historyKey(this.systemId, timeline), this.keyring)).toString('utf8');
  }

  /**
   * A segment as the server wrote it, zeros behind what is archived of it.
   * @throws DrError NOT_FOUND when nothing of it is archived, CORRUPT_OBJECT when a part in the middle is missing.
   */
  async readSegment(name: string): Promise<Buffer> {
    const segment = parseSegmentName(name, this.segmentSizeBytes);
    const { chunks } = await this.index();
    const own = chunks.filter((chunk) => chunk.timeline === segment.timeline && chunk.number === segment.number);
    if (own.length === 0) throw new DrError('NOT_FOUND', `WAL segment ${name} is not archived in ${this.store.name}`);
    const assembled = await this.assemble(own, segment);
    if (assembled.archivedBytes < Math.max(...own.map((chunk) => chunk.end))) {
      throw new DrError('CORRUPT_OBJECT', `WAL segment ${name} lacks what follows byte ${assembled.archivedBytes}`);
    }
    return assembled.bytes;
  }

  /**
   * The segment from an offset up to the first byte that no chunk holds, zeros before and behind. Where chunks overlap they
   * must agree.
   * @throws DrError CORRUPT_OBJECT naming the chunk that is damaged or disagrees.
   */
  async assemble(
    chunks: readonly Chunk[],
    segment: Segment,
    from = 0,
  ): Promise<{ readonly bytes: Buffer; readonly archivedBytes: number }> {
    const plan = coveringChunks(chunks, from);
    const parts = await concurrently(plan, readsAtOnce, async (chunk) => this.readChunk(chunk));
    const bytes = Buffer.alloc(this.segmentSizeBytes);
    let archivedBytes = from;
    for (const [index, chunk] of plan.entries()) {
      const part = parts[index] as Buffer;
      const known = Math.max(0, Math.min(archivedBytes, chunk.end) - chunk.start);
      if (!part.subarray(0, known).equals(bytes.subarray(chunk.start, chunk.start + known))) {
        const name = segmentName(segment, this.segmentSizeBytes);
        throw new DrError('CORRUPT_OBJECT', `${chunk.key} disagrees with what else is archived of ${name}`);
      }
      part.copy(bytes, chunk.start, 0, chunk.end - chunk.start);
      release(part);
      archivedBytes = Math.max(archivedBytes, chunk.end);
    }
    return { bytes, archivedBytes };
  }

  private async readChunk(chunk: Chunk): Promise<Buffer> {
    const stored = await readSealed(this.store, chunk.key, this.keyring);
    const bytes = Buffer.alloc(Math.max(chunk.end - chunk.start, stored.length));
    stored.copy(bytes);
    release(stored);
    return bytes;
  }
}

/** A segment that is closed early is filled with zeros; they are not worth storing. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

/** As few chunks as cover a segment from an offset to the first hole, in order. */
export function coveringChunks(chunks: readonly Chunk[], from = 0): Chunk[] {
  const plan: Chunk[] = [];
  let at = from;
  for (;;) {
    const next = chunks
      .filter((chunk) => chunk.start <= at && chunk.end > at)
      .reduce<Chunk | undefined>(
        (best, chunk) => (best === undefined || chunk.end > best.end ? chunk : best),
        undefined,
      );
    if (next === undefined) return plan;
    plan.push(next);
    at = next.end;
  }
}
