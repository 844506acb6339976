import { randomBytes } from 'node:crypto';

/** `<kind>-YYYYMMDD-HHMMSS-<4 hex>`: readable, and sorted by time. */
export function newOperationId(kind: string, at: Date, random: string = randomBytes(2).toString('hex')): string {
  const stamp = at.toISOString().replace(/[-:]/gu, '').replace('T', '-').slice(0, 15);
  return `${kind}-${stamp}-${random}`;
}
