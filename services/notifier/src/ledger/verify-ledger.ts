import { chainHash, genesis, type LedgerRecord, recordHash } from './ledger-record.js';
import type { Seal } from './seals.js';

export interface PlacedRecord {
  readonly record: LedgerRecord;
  readonly sequence: number;
}

export interface LedgerVerdict {
  readonly records: number;
  readonly notifications: number;
  readonly sealedRecords: number;
  /** What does not agree, one sentence each; none for a ledger that nobody touched. */
  readonly problems: readonly string[];
}

/**
 * Whether the ledger is as it was written: every state follows the one before it, and every seal covers what stands before it. What
 * was aged out before the oldest seal that is left is not judged.
 */
export function verifyLedger(records: readonly PlacedRecord[], seals: readonly Seal[]): LedgerVerdict {
  const problems: string[] = [];
  const heads = new Map<string, string>();
  for (const { record, sequence } of records) {
    const { notificationId } = record.entry;
    const before = heads.get(notificationId);
    if (recordHash(record) !== record.hash) problems.push(`record ${sequence} was changed`);
    if (
      before === undefined ? record.previous !== genesis && sequence > (seals[0]?.to ?? 0) : record.previous !== before
    ) {
      problems.push(`record ${sequence} of ${notificationId} does not follow the one before it`);
    }
    heads.set(notificationId, record.hash);
  }
  let sealedRecords = 0;
  const oldest = records[0]?.sequence ?? Number.POSITIVE_INFINITY;
  seals.forEach((seal, index) => {
    const before = seals[index - 1];
    if (before !== undefined && seal.previous !== before.hash)
      problems.push(`seal ${seal.to} does not follow the one before it`);
    if (before === undefined && seal.previous === genesis && oldest > seal.to)
      problems.push(`nothing of seal ${seal.to} is left`);
    const covered = records.filter(({ sequence }) => sequence >= seal.from && sequence <= seal.to);
    if (covered.length === 0 && oldest > seal.to) return;
    const hash = covered.reduce((link, { record, sequence }) => chainHash(link, sequence, record.hash), seal.previous);
    if (hash !== seal.hash || covered.length !== seal.records)
      problems.push(`what seal ${seal.to} covers is not what was sealed`);
    sealedRecords += covered.length;
  });
  return { records: records.length, notifications: heads.size, sealedRecords, problems };
}
