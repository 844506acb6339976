import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultSegmentSizeBytes, parseSegmentName, segmentName } from '@novacron/repository';
import { type Branch, resumePoint } from '../domain/resume-point.js';
import { byReceipt, isSegmentFile } from './wal-spool.js';

/**
 * Lets pg_receivewal begin in a folder whose newest segment is whole and the last of a timeline that the server left at that
 * segment's end. It would ask for the next one on that timeline, which has none, and be refused each time; the segment that
 * follows on the timeline that goes on is one to begin with. Only while no receiver runs in the folder; returns its name.
 */
export function beginPastBorder(
  folder: string,
  server: { readonly timeline: number; readonly branches: readonly Branch[] },
): string | undefined {
  const size = defaultSegmentSizeBytes;
  const newest = readdirSync(folder).filter(isSegmentFile).sort(byReceipt).at(-1);
  if (newest?.length !== 24) return undefined;
  const { timeline, number } = parseSegmentName(newest, size);
  const next = resumePoint(server, [{ timeline, lsn: (number + 1n) * BigInt(size) }], size);
  if (next === undefined || next.timeline === timeline || next.number !== number + 1n) return undefined;
  const name = `${segmentName(next, size)}.partial`;
  writeFileSync(join(folder, name), '', { mode: 0o600 });
  return name;
}
