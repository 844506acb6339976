import { DrError } from '@novacron/contracts';

/** A WAL position as PostgreSQL writes it, `1/9D000060`: log file number and byte offset in hexadecimal. */
export type Lsn = string;

const shape = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** The position as a number of bytes since the beginning of WAL. Throws INVALID_MESSAGE for what is not an LSN. */
export function parseLsn(lsn: Lsn): bigint {
  const match = shape.exec(lsn);
  if (!match) throw new DrError('INVALID_MESSAGE', `'${lsn}' is not a WAL position`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

export function formatLsn(bytes: bigint): Lsn {
  const hex = (value: bigint) => value.toString(16).toUpperCase();
  return `${hex(bytes >> 32n)}/${hex(bytes & 0xffff_ffffn)}`;
}

/** Negative when `a` is before `b`, as a sort function wants it. */
export function compareLsn(a: Lsn, b: Lsn): number {
  const difference = parseLsn(a) - parseLsn(b);
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** Bytes of WAL from `from` to `to`; negative when `to` is before `from`. */
export function lsnDiffBytes(to: Lsn, from: Lsn): bigint {
  return parseLsn(to) - parseLsn(from);
}

/** The later of the two; a position that is unknown (null in the server's views) never wins. */
export function greatestLsn(a: Lsn | null, b: Lsn | null): Lsn | null {
  if (a === null || b === null) return a ?? b;
  return compareLsn(a, b) >= 0 ? a : b;
}

export const defaultSegmentBytes = 16 * 1024 * 1024;

/** The 24 hexadecimal digits that name the WAL segment holding the byte at `lsn`. */
export function walFileName(timeline: number, lsn: Lsn, segmentBytes: number = defaultSegmentBytes): string {
  const size = BigInt(segmentBytes);
  const segment = parseLsn(lsn) / size;
  const perLog = 0x1_0000_0000n / size;
  const hex = (value: bigint) => value.toString(16).toUpperCase().padStart(8, '0');
  return hex(BigInt(timeline)) + hex(segment / perLog) + hex(segment % perLog);
}
