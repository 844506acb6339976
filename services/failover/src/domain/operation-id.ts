import { createHash } from 'node:crypto';

/** `<kind>-YYYYMMDD-HHMMSS-<6 hex>`: readable, and the same again when the same cause is delivered again. */
export function operationId(kind: string, at: Date, cause: string): string {
  const stamp = at.toISOString().replace(/[-:]/gu, '').replace('T', '-').slice(0, 15);
  return `${kind}-${stamp}-${createHash('sha256').update(cause).digest('hex').slice(0, 6)}`;
}
