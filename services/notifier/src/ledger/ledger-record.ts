import { createHash } from 'node:crypto';
import type { LedgerEntry } from './ledger-entry.js';

/** One state of one notification as it lies in the ledger: it carries the hash of the state before it. */
export interface LedgerRecord {
  readonly entry: LedgerEntry;
  readonly previous: string;
  /** Drawn by the writer: of two that write the same at once, one is not the other. */
  readonly nonce: string;
  readonly hash: string;
}

/** A message of the stream: states that were written together, none before another of the same notification. */
export interface LedgerBatch {
  readonly records: readonly LedgerRecord[];
}

/** The records of a message; one that holds a single state is of an earlier version. */
export function recordsIn(body: LedgerBatch | LedgerRecord): readonly LedgerRecord[] {
  return 'records' in body ? body.records : [body];
}

/** What the first state of a notification follows. */
export const genesis = '0'.repeat(64);

export function recordOf(entry: LedgerEntry, previous: string, nonce: string): LedgerRecord {
  return { entry, previous, nonce, hash: recordHash({ entry, previous, nonce }) };
}

/** SHA-256 over the hash of the state before and the state itself. */
export function recordHash({ entry, previous, nonce }: Omit<LedgerRecord, 'hash'>): string {
  return createHash('sha256')
    .update(`${previous}\n${nonce}\n${JSON.stringify(entry)}`)
    .digest('hex');
}

/** The next link of the chain over all records: in the order of the stream, each with its place. */
export function chainHash(previous: string, sequence: number, recordHash: string): string {
  return createHash('sha256').update(`${previous}\n${sequence}\n${recordHash}`).digest('hex');
}
