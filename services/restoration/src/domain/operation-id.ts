import { createHash, randomBytes } from 'node:crypto';

/** `<kind>-YYYYMMDD-HHMMSS-<4 hex>`: readable, and sorted by time. */
export function newOperationId(kind: string, at: Date, random: string = randomBytes(2).toString('hex')): string {
  const stamp = at.toISOString().replace(/[-:]/gu, '').replace('T', '-').slice(0, 15);
  return `${kind}-${stamp}-${random}`;
}

/** The restore that was begun for a request: the same however often that is asked for, and another for any other request. */
export function restoreIdFor(requestId: string): string {
  return `restore-for-${createHash('sha256').update(requestId).digest('hex').slice(0, 32)}`;
}
