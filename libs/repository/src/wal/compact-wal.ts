import { DrError, type ProblemDetail } from '@novacron/contracts';
import { release } from '@novacron/contracts/threads';
import { concurrently } from '../objects/concurrently.js';
import { systemPrefix } from './chunk-key.js';
import { coveredChunks, type Merge, planMerges } from './merge-plan.js';
import { segmentName } from './segment.js';
import type { WalArchive } from './wal-archive.js';

export interface CompactionReport {
  /** Chunks that were written in place of others. */
  readonly mergedInto: number;
  readonly removedObjects: number;
  /** Chunks that do not open, or disagree: they are kept, and so are those beside them. */
  readonly problems: readonly ProblemDetail[];
}

/** A reader that has listed the archive still finds what it listed for so long. */
const graceMs = 15 * 60_000;
const removalsAtOnce = 8;

/**
 * Merges small chunks of an archive, and removes those that a larger one has replaced since a while and that a reader cannot be
 * after any more. The larger one is read back before anything is removed for its sake. Can be repeated and cut short anywhere.
 */
export async function compactWal(
  archive: WalArchive,
  options: { readonly now: Date; readonly signal?: AbortSignal },
): Promise<CompactionReport> {
  const problems: ProblemDetail[] = [];
  const removedObjects = await removeReplaced(archive, options, problems);
  let mergedInto = 0;
  for (const merge of planMerges(await archive.index())) {
    options.signal?.throwIfAborted();
    if (await sound(problems, merge.chunks[0]?.key ?? '', async () => write(archive, merge))) mergedInto += 1;
  }
  return { mergedInto, removedObjects, problems };
}

async function write(archive: WalArchive, merge: Merge): Promise<void> {
  const { chunks, start, end, lastCommitAtMs } = merge;
  const { bytes, archivedBytes } = await archive.assemble(chunks, merge, start);
  if (archivedBytes < end) throw new DrError('CORRUPT_OBJECT', `${archive.store.name} has a hole in what is merged`);
  const time = lastCommitAtMs === undefined ? {} : { lastCommitAt: new Date(lastCommitAtMs) };
  // A whole segment is final: it may be locked, which a chunk that will be merged with others must not be.
  const retain = start === 0 && end === archive.segmentSizeBytes;
  const name = segmentName(merge, archive.segmentSizeBytes);
  await archive.append(name, start, bytes.subarray(start, end), { ...time, retain });
  release(bytes);
}

/** Whether the work could be done; what it found damaged is noted. @throws DrError what says nothing of the archive. */
async function sound(problems: ProblemDetail[], path: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const known = DrError.from(error);
    if (known.retryable) throw error;
    problems.push({ path, problem: known.message });
    return false;
  }
}

async function removeReplaced(
  archive: WalArchive,
  { now, signal }: { readonly now: Date; readonly signal?: AbortSignal },
  problems: ProblemDetail[],
): Promise<number> {
  const { store } = archive;
  const written = new Map<string, number>();
  for await (const { key, modifiedAt } of store.list(systemPrefix(archive.systemId))) {
    written.set(key, Date.parse(modifiedAt));
  }
  const { chunks } = await archive.index();
  const segments = new Map<string, typeof chunks>();
  for (const chunk of chunks) {
    const segment = `${chunk.timeline} ${chunk.number}`;
    segments.set(segment, [...(segments.get(segment) ?? []), chunk]);
  }
  let removed = 0;
  for (const own of segments.values()) {
    if (own.length < 2) continue;
    const replaced = coveredChunks(own).filter(({ by }) => (written.get(by.key) ?? Infinity) < now.getTime() - graceMs);
    const keys: string[] = [];
    for (const by of new Map(replaced.map((one) => [one.by.key, one.by])).values()) {
      const good = await sound(problems, by.key, async () => archive.assemble([by], by, by.start));
      if (good) keys.push(...replaced.filter((one) => one.by.key === by.key).map(({ chunk }) => chunk.key));
    }
    await concurrently(keys, removalsAtOnce, async (key) => {
      signal?.throwIfAborted();
      try {
        await store.delete(key);
        removed += 1;
      } catch (error) {
        // Locked by the store: it goes with its backup.
        if (DrError.from(error).code !== 'PRECONDITION_FAILED') throw error;
      }
    });
  }
  return removed;
}
