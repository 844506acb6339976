import { DrError } from '@novacron/contracts';
import type { Lsn } from './lsn.js';

export const defaultSegmentSizeBytes = 16 * 1024 * 1024;

/** One WAL file: its timeline, and its number counted from the start of all WAL. */
export interface Segment {
  readonly timeline: number;
  readonly number: bigint;
}

/**
 * The segment that a WAL file's name means: `TTTTTTTTXXXXXXXXYYYYYYYY`, where the last eight digits count within each
 * 4 GiB (PostgreSQL, `XLogFileName`).
 * @throws DrError INVALID_MESSAGE when it is no such name.
 */
export function parseSegmentName(name: string, segmentSizeBytes: number): Segment {
  const found = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/u.exec(name);
  if (found === null) throw new DrError('INVALID_MESSAGE', `${name} is not the name of a WAL segment`);
  const [high, low] = [BigInt(`0x${found[2]}`), BigInt(`0x${found[3]}`)];
  return { timeline: Number.parseInt(found[1] ?? '', 16), number: high * segmentsPerId(segmentSizeBytes) + low };
}

export function segmentName({ timeline, number }: Segment, segmentSizeBytes: number): string {
  const perId = segmentsPerId(segmentSizeBytes);
  return [BigInt(timeline), number / perId, number % perId].map((part) => hex8(part)).join('');
}

export function segmentStart(number: bigint, segmentSizeBytes: number): Lsn {
  return number * BigInt(segmentSizeBytes);
}

export function segmentAt(lsn: Lsn, segmentSizeBytes: number): bigint {
  return lsn / BigInt(segmentSizeBytes);
}

export function timelineName(timeline: number): string {
  return hex8(BigInt(timeline));
}

function hex8(value: bigint): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}

function segmentsPerId(segmentSizeBytes: number): bigint {
  return 0x1_0000_0000n / BigInt(segmentSizeBytes);
}
