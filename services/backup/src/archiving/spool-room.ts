import { defaultSegmentSizeBytes } from '@novacron/repository';
import type { StoreCursor } from './store-cursor.js';
import type { SpoolView, WalSpool } from './wal-spool.js';

/** Completed segments kept for a store that is away; what it misses beyond, it gets from another store. */
const segmentsToKeep = 64;

/** Four segments: what is written within moments on a busy server. */
export const leastFreeBytes = 4 * defaultSegmentSizeBytes;

/**
 * Removes what every store has; and what at least one has, when much has gathered or the disc is nearly full: a spool that takes no more
 * makes the active server keep its WAL. The newest file stays: the receiver goes on from it.
 */
export async function removeStored(
  spool: WalSpool,
  { segments }: SpoolView,
  cursors: readonly StoreCursor[],
): Promise<void> {
  if (cursors.length === 0) return;
  const old = segments.slice(0, -1).filter(({ path }) => path !== segments.at(-1)?.path);
  const isScarce = (await spool.freeBytes()) < leastFreeBytes;
  for (const [place, segment] of old.entries()) {
    const holders = cursors.filter((cursor) => cursor.has(segment)).length;
    const crowded = isScarce || old.length - place > segmentsToKeep;
    if (holders === cursors.length || (crowded && holders > 0)) await spool.remove(segment);
  }
  await spool.removeEmptyRuns();
}
