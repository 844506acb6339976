import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { defaultSegmentSizeBytes, type Lsn, parseLsn, segmentAt, segmentName } from '@novacron/repository';
import { lengthBytes, nextRecord, shortfall } from '../domain/replay-end.js';
import type { RestorePoint } from '../domain/restore-point.js';

/**
 * That a replay of all WAL in a folder went as far as the archive did when the point was chosen, but for a record that the archive
 * ends within. The server itself does not tell: it takes a file that it cannot get for the end of all WAL.
 * @throws DrError VERIFY_FAILED saying where it ended and what was to be reached; retryable where another attempt may reach it.
 */
export async function assertReplayed(walDir: string, point: RestorePoint, recoveredLsn: string): Promise<void> {
  if (point.untilLsn === undefined) return;
  const [ended, until] = [parseLsn(recoveredLsn), parseLsn(point.untilLsn)];
  const short = shortfall(ended, until, await lengthAt(walDir, nextRecord(ended)));
  if (short === undefined) return;
  const what = point.targetTime ?? 'the end of the archive';
  throw new DrError(
    'VERIFY_FAILED',
    `recovery to ${what} ended at ${recoveredLsn}, and was to reach ${point.untilLsn}: ${short.problem}`,
    {
      hint: 'restore again; where that ends there too, from another store or to a moment before it',
      retryable: short.canPass,
    },
  );
}

/** The length that a record begins with; undefined where no file of the folder holds it. */
async function lengthAt(walDir: string, begin: Lsn): Promise<number | undefined> {
  const size = defaultSegmentSizeBytes;
  const number = segmentName({ timeline: 0, number: segmentAt(begin, size) }, size).slice(8);
  const names = (await readdir(walDir)).filter((name) => /^[0-9A-F]{24}$/u.test(name) && name.endsWith(number));
  // Where a timeline began within the segment, its file has the bytes of both.
  const newest = names.sort().at(-1);
  if (newest === undefined) return undefined;
  const file = await open(join(walDir, newest), 'r');
  try {
    const bytes = Buffer.alloc(lengthBytes);
    await file.read(bytes, 0, lengthBytes, Number(begin % BigInt(size)));
    return bytes.readUInt32LE();
  } finally {
    await file.close();
  }
}
