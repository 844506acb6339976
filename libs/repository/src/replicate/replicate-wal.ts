import { DrError, type ObjectStore } from '@novacron/contracts';
import { concurrently } from '../objects/concurrently.js';
import { readStored } from '../objects/read-object.js';
import type { Keyring } from '../sealing/keyring.js';
import { openBytes } from '../sealing/open.js';
import { type Chunk, parseChunkKey, systemPrefix } from '../wal/chunk-key.js';
import { defaultSegmentSizeBytes } from '../wal/segment.js';
import { coveringChunks } from '../wal/wal-archive.js';

export interface WalReplicationReport {
  readonly systemId: string;
  readonly copiedObjects: number;
  readonly copiedBytes: number;
  /** What the destination had already. */
  readonly presentObjects: number;
}

const copiesAtOnce = 8;

/**
 * Brings another store's WAL archive up to this one's: only what is missing there is read, opened to see that it is sound,
 * sent, and read back. In key order, so that what a copy that was cut short holds has no gap that was not there before.
 * @throws DrError CORRUPT_OBJECT when the source's chunk is damaged, VERIFY_FAILED when the copy does not read back.
 */
export async function replicateWal(
  from: ObjectStore,
  to: ObjectStore,
  systemId: string,
  keyring: Keyring,
  options: { readonly signal?: AbortSignal } = {},
): Promise<WalReplicationReport> {
  const present = new Set<string>();
  const held = new Map<string, Chunk[]>();
  for await (const { key } of to.list(systemPrefix(systemId))) {
    present.add(key);
    const chunk = parseChunkKey(key, defaultSegmentSizeBytes);
    if (chunk !== undefined) held.set(segmentOf(key), [...(held.get(segmentOf(key)) ?? []), chunk]);
  }
  const missing: string[] = [];
  for await (const { key } of from.list(systemPrefix(systemId))) {
    if (!present.has(key) && !isCovered(key, held.get(segmentOf(key)) ?? [])) missing.push(key);
  }
  const sizes = await concurrently(missing, copiesAtOnce, async (key) => {
    options.signal?.throwIfAborted();
    const stored = await readStored(from, key);
    openBytes(stored, keyring, key);
    await putOnce(to, key, stored);
    return stored.length;
  });
  return {
    systemId,
    copiedObjects: sizes.length,
    copiedBytes: sizes.reduce((sum, size) => sum + size, 0),
    presentObjects: present.size,
  };
}

function segmentOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

/** The other archive may have merged what this one has in pieces, or the other way round: the bytes count, not their cut. */
function isCovered(key: string, held: readonly Chunk[]): boolean {
  const chunk = parseChunkKey(key, defaultSegmentSizeBytes);
  return chunk !== undefined && (coveringChunks(held, chunk.start).at(-1)?.end ?? 0) >= chunk.end;
}

async function putOnce(to: ObjectStore, key: string, stored: Buffer): Promise<void> {
  try {
    await to.put(key, stored, { sizeBytes: stored.length });
  } catch (error) {
    if (!DrError.is(error) || error.code !== 'CONFLICT') throw error;
  }
  if (!(await readStored(to, key)).equals(stored)) {
    throw new DrError('VERIFY_FAILED', `${key} does not read back from ${to.name} as it was sent`);
  }
}
