import type { Query } from './access.js';
import type { BranchPoint, DataLine } from './ancestry.js';
import { type PostgresStatus, readStatus } from './status.js';

/** Every timeline that `timeline` descends from, oldest first, with the position where each was left. */
export async function readTimelineHistory(query: Query, timeline: number): Promise<BranchPoint[]> {
  if (timeline === 1) return [];
  const file = `pg_wal/${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
  const [row] = await query<{ text: string | null }>('select pg_read_file($1, 0, 1048576, true) as text', [file]);
  return parseTimelineHistory(row?.text ?? '');
}

/** The timelines of which a server holds WAL, from its own on, with their histories where those are there. */
const heldSql = `
  with files as (select name from pg_ls_waldir()),
    held as (select distinct substr(name, 1, 8) as hex from files where name ~ '^[0-9A-F]{24}$')
  select ('x' || hex)::bit(32)::int as timeline, pg_read_file('pg_wal/' || files.name, 0, 1048576, true) as history
  from held join files on files.name = hex || '.history' where ('x' || hex)::bit(32)::int >= $1 order by 1 desc`;

export interface StatusWithLine {
  readonly status: PostgresStatus;
  readonly line: DataLine;
}

/**
 * How a server is, and on which line its data lie. A standby whose receiver is gone may say an older timeline than it has come to,
 * until it writes its next restart point; the WAL that it holds says more. A segment alone does not: pg_rewind leaves one of the
 * timeline that it took back, without its history. The history is left out where its file is not there.
 */
export async function readStatusWithLine(query: Query): Promise<StatusWithLine> {
  const status = await readStatus(query);
  const { position, timeline: said, inRecovery } = status;
  const held = await query<{ timeline: number; history: string | null }>(heldSql, [said]);
  const known = held.flatMap(({ timeline, history }) =>
    history === null ? [] : [{ timeline, history: parseTimelineHistory(history) }],
  );
  const own = known.find(({ timeline }) => timeline === said) ?? {
    timeline: said,
    ...(said === 1 ? { history: [] } : {}),
  };
  const comeTo = known.find(({ history }) => history.some(({ timeline }) => timeline === said));
  return { status, line: { ...((inRecovery ? comeTo : undefined) ?? own), position } };
}

export function parseTimelineHistory(text: string): BranchPoint[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/i.exec(line);
    return match?.[2] === undefined ? [] : [{ timeline: Number(match[1]), switchLsn: match[2] }];
  });
}
