import { formatLsn, type Lsn, parseLsn } from './lsn.js';

/** A transaction that only the old primary has: what a rewind or rebuild of it gives up. */
export interface OrphanedCommit {
  readonly xid: number;
  readonly lsn: Lsn;
  /** The old primary's clock. */
  readonly at: string;
}

export function parseCommits(text: string): OrphanedCommit[] {
  const line =
    /tx:\s*(\d+), lsn: ([0-9A-F]+\/[0-9A-F]+),.* desc: COMMIT (?:PREPARED )?(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) UTC/i;
  return text.split('\n').flatMap((each) => {
    const [, xid, lsn, day, time] = line.exec(each) ?? [];
    if (lsn === undefined) return [];
    return [{ xid: Number(xid), lsn: formatLsn(parseLsn(lsn)), at: new Date(`${day}T${time}Z`).toISOString() }];
  });
}
