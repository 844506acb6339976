import { DrError } from '@novacron/contracts';
import type { Query, Row } from './access.js';
import { type Lsn, parseLsn } from './lsn.js';

/** The first version whose servers summarize WAL, and so know the blocks that have changed. */
export const blockIncrementsSince = 170_000;

export interface WalSummaries {
  /** Whether the server makes them at all. */
  readonly on: boolean;
  /** How far it has come. */
  readonly summarizedLsn: Lsn;
  /** Of one timeline. */
  readonly kept: readonly { readonly start: Lsn; readonly end: Lsn }[];
}

/** What a server of PostgreSQL 17 or newer has of summaries of its WAL. */
export async function readWalSummaries(query: Query, timeline: number): Promise<WalSummaries> {
  const [row] = await query<Row & { on: boolean; summarized: Lsn; kept: { start: Lsn; end: Lsn }[] }>(
    `select current_setting('summarize_wal')::bool as on,
      (select summarized_lsn::text from pg_get_wal_summarizer_state()) as summarized,
      (select coalesce(json_agg(json_build_object('start', start_lsn::text, 'end', end_lsn::text) order by start_lsn), '[]')
       from pg_available_wal_summaries() where tli = $1) as kept`,
    [timeline],
  );
  if (row === undefined) throw new DrError('UNSUPPORTED_SERVER', 'the server does not say what it has summarized');
  return { on: row.on, summarizedLsn: row.summarized, kept: row.kept };
}

/** Undefined when the server knows every block that has changed since a position; else what is missing, and until where. */
export function summariesMissing({ summarizedLsn, kept }: WalSummaries, from: Lsn): string | undefined {
  let reached = parseLsn(from);
  for (const { start, end } of kept.toSorted((a, b) => (parseLsn(a.start) < parseLsn(b.start) ? -1 : 1))) {
    if (parseLsn(start) > reached) return `summaries of its WAL from ${from} are gone: the next begins at ${start}`;
    if (parseLsn(end) > reached) reached = parseLsn(end);
  }
  // What is not summarized yet will be, from where it has come to.
  if (parseLsn(summarizedLsn) > reached) return `summaries of its WAL from ${from} are gone`;
  return undefined;
}
