import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DrError } from '@novacron/contracts';
import type { RoomNeeded } from '../domain/room-needed.js';

/** What a server writes when it starts and recovers: logs, temporary files, its first segments of WAL. */
const reserveBytes = 64 * 1024 * 1024;

/**
 * Asks each file system, before anything is written, whether it has room for all that is to lie on it.
 * @throws DrError PRECONDITION_FAILED saying for each that has not how much is needed and how much is there.
 */
export async function requireRoom(needs: readonly RoomNeeded[]): Promise<void> {
  const discs = new Map<number, RoomNeeded & { readonly freeBytes: number }>();
  for (const { path, bytes } of needs) {
    const there = await nearest(path);
    const { dev } = await stat(there);
    const { bavail, bsize } = await statfs(there);
    const before = discs.get(dev) ?? { path, bytes: reserveBytes };
    discs.set(dev, { path: before.path, bytes: before.bytes + bytes, freeBytes: bavail * bsize });
  }
  const short = [...discs.values()].filter(({ bytes, freeBytes }) => freeBytes < bytes);
  if (short.length === 0) return;
  throw new DrError('PRECONDITION_FAILED', 'there is not enough room for what is to be restored', {
    hint: 'make room on the disc that is named, or let the folder of restoration lie on a larger one; nothing was begun',
    details: short.map(({ path, bytes, freeBytes }) => ({
      path,
      problem: `${bytes} bytes are needed, ${freeBytes} are free`,
    })),
  });
}

/** The folder itself, or the one above it that exists. */
async function nearest(path: string): Promise<string> {
  for (let each = path; ; each = dirname(each)) {
    const found = await stat(each).catch(() => undefined);
    if (found !== undefined || each === dirname(each)) return each;
  }
}
