import { DrError } from '@novacron/contracts';

/** A position in the WAL in bytes. PostgreSQL writes it as two hexadecimal halves, `16/B374D848`. */
export type Lsn = bigint;

/** @throws DrError INVALID_MESSAGE when the text is no LSN. */
export function parseLsn(text: string): Lsn {
  const found = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/iu.exec(text);
  if (found === null) throw new DrError('INVALID_MESSAGE', `${text} is not an LSN such as 16/B374D848`);
  return (BigInt(`0x${found[1]}`) << 32n) + BigInt(`0x${found[2]}`);
}

export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`;
}
