import { DrError, type ObjectStore, type ProblemDetail } from '@novacron/contracts';
import { concurrently } from '../objects/concurrently.js';
import { readSealed } from '../objects/read-object.js';
import type { Keyring } from '../sealing/keyring.js';
import { type Chunk, parseChunkKey, parseHistoryKey, walPrefix } from '../wal/chunk-key.js';
import { defaultSegmentSizeBytes } from '../wal/segment.js';
import { parseTimelineHistory } from '../wal/timeline-history.js';
import { isInShare, type VerifyShare } from './sample.js';

export interface WalReport {
  readonly objects: number;
  readonly checkedBytes: number;
  readonly skipped: number;
  readonly problems: readonly ProblemDetail[];
}

interface StoredKey {
  readonly key: string;
  readonly sizeBytes: number;
}

const segmentsAtOnce = 4;

/**
 * Opens every chunk and history file of the WAL archive of a store: each is bound to its key, so one that was changed, cut off,
 * or put in another's place does not open. Chunks of one segment must agree where they overlap. A share is of segments.
 * @throws DrError what says nothing of the archive: the store is away, or the signal.
 */
export async function verifyWal(
  store: ObjectStore,
  keyring: Keyring,
  options: { readonly share?: VerifyShare; readonly signal?: AbortSignal } = {},
): Promise<WalReport> {
  const groups = new Map<string, StoredKey[]>();
  for await (const { key, sizeBytes } of store.list(walPrefix)) {
    const folder = key.slice(0, key.lastIndexOf('/'));
    groups.set(folder, [...(groups.get(folder) ?? []), { key, sizeBytes }]);
  }
  const chosen = [...groups].filter(([folder]) => isInShare(folder, options.share));
  const reports = await concurrently(chosen, segmentsAtOnce, async ([, keys]) => {
    options.signal?.throwIfAborted();
    return verifySegment(store, keyring, keys);
  });
  const read = chosen.flatMap(([, keys]) => keys);
  return {
    objects: read.length,
    checkedBytes: read.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    skipped: [...groups.values()].reduce((sum, keys) => sum + keys.length, 0) - read.length,
    problems: reports.flat(),
  };
}

/** A chunk as it was opened: the bytes of its range, without the zeros at their end. */
interface OpenedChunk extends Chunk {
  readonly plain: Buffer;
}

/** The chunks of one segment, or the history files of one system. */
async function verifySegment(
  store: ObjectStore,
  keyring: Keyring,
  keys: readonly StoredKey[],
): Promise<ProblemDetail[]> {
  const problems: ProblemDetail[] = [];
  const chunks: OpenedChunk[] = [];
  for (const { key } of keys) {
    const plain = await opened(store, keyring, key, problems);
    if (plain === undefined) continue;
    const [chunk, timeline] = [parseChunkKey(key, defaultSegmentSizeBytes), parseHistoryKey(key)];
    if (timeline !== undefined) problems.push(...historyProblems(key, timeline, plain));
    else if (chunk === undefined) problems.push({ path: key, problem: 'is not part of a WAL archive' });
    else {
      const problem = chunkProblem({ ...chunk, plain }, chunks);
      if (problem !== undefined) problems.push({ path: key, problem });
      chunks.push({ ...chunk, plain });
    }
  }
  return problems;
}

async function opened(
  store: ObjectStore,
  keyring: Keyring,
  key: string,
  problems: ProblemDetail[],
): Promise<Buffer | undefined> {
  try {
    return await readSealed(store, key, keyring);
  } catch (error) {
    const known = DrError.from(error);
    if (known.retryable) throw error;
    // Removed since it was listed: merged with others, or expired. What is missing shows in what can be restored.
    if (known.code !== 'NOT_FOUND') problems.push({ path: key, problem: known.message });
    return undefined;
  }
}

function historyProblems(key: string, timeline: number, plain: Buffer): ProblemDetail[] {
  try {
    parseTimelineHistory(timeline, plain.toString('utf8'));
    return [];
  } catch (error) {
    return [{ path: key, problem: DrError.from(error).message }];
  }
}

function chunkProblem(chunk: OpenedChunk, others: readonly OpenedChunk[]): string | undefined {
  const size = chunk.end - chunk.start;
  if (size <= 0 || chunk.end > defaultSegmentSizeBytes || chunk.plain.length > size) {
    return 'holds another range than its name says';
  }
  const other = others.find((one) => !agree(chunk, one));
  return other === undefined ? undefined : `disagrees with ${other.key}`;
}

/** Whether two chunks say the same of the bytes that both hold. */
function agree(a: OpenedChunk, b: OpenedChunk): boolean {
  const [from, until] = [Math.max(a.start, b.start), Math.min(a.end, b.end)];
  return until <= from || rangeOf(a, from, until).equals(rangeOf(b, from, until));
}

function rangeOf({ start, plain }: OpenedChunk, from: number, until: number): Buffer {
  const held = plain.subarray(from - start, until - start);
  return held.length === until - from ? held : Buffer.concat([held, Buffer.alloc(until - from - held.length)]);
}
