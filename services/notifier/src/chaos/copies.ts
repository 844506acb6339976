import type { LedgerEntry } from '../ledger/ledger-entry.js';

/** A message as it was planned, with whatever went another way in its stead. */
export interface Page {
  readonly first: LedgerEntry;
  readonly instead: readonly LedgerEntry[];
  /** What says the same to its readers over other channels anyway: these need nothing in its stead. */
  readonly besides: readonly LedgerEntry[];
}

/** The rows by the message that they stand for: its fallback says the same to the same people. */
export function pagesOf(rows: readonly LedgerEntry[]): readonly Page[] {
  return rows
    .filter((row) => row.tried.length === 0)
    .map((first) => ({
      first,
      instead: rows.filter((row) => row.tried[0] === first.channel && saysTheSame(row, first)),
      besides: rows.filter((row) => row.tried.length === 0 && row !== first && saysTheSame(row, first)),
    }));
}

function saysTheSame(row: LedgerEntry, first: LedgerEntry): boolean {
  if (row.audience !== first.audience) return false;
  return ending(row) === ending(first) && (first.recipient === 'all' || first.recipient === row.recipient);
}

/** What distinguishes the messages of one audience: template and number. */
function ending({ notificationId, template }: LedgerEntry): string {
  return notificationId.slice(notificationId.lastIndexOf(`_${template}-`));
}

/**
 * How often a page was told more than once to somebody, by what the providers took: each row's own copies beyond the first, and one
 * for what went another way although the first had arrived.
 */
export function copiesTooMany({ first, instead }: Page, arrived: (row: LedgerEntry) => number): number {
  const repeated = [first, ...instead].map((row) => Math.max(0, arrived(row) - 1));
  const both = arrived(first) > 0 && instead.some((row) => arrived(row) > 0) ? 1 : 0;
  return repeated.reduce((sum, each) => sum + each, both);
}
