import type { CallOptions, PostgresMember } from '@novacron/drivers';

/** A larger table is not counted: it would take longer than it tells. */
const mostRows = 1_000_000;

export interface CountableTables {
  readonly tables: readonly string[];
  readonly skipped: readonly string[];
}

/** The tables of users, those too large to count apart. Our own heartbeat has one row that never stands still. */
export async function countableTables(member: PostgresMember, call: CallOptions): Promise<CountableTables> {
  const rows = await member.query<{ name: string; large: boolean }>(
    `select format('%I.%I', n.nspname, c.relname) as name, c.reltuples > $1 as large
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^(pg_|information_schema$|dr$)' order by 1`,
    [mostRows],
    call,
  );
  const named = (large: boolean): string[] => rows.filter((row) => row.large === large).map(({ name }) => name);
  return { tables: named(false), skipped: named(true) };
}

/** The rows of each table, all in one snapshot. */
export async function countRows(
  member: PostgresMember,
  tables: readonly string[],
  call: CallOptions,
): Promise<ReadonlyMap<string, number>> {
  if (tables.length === 0) return new Map();
  const counts = tables.map((table, index) => `(select count(*) from ${table})::float8 as t${index}`);
  const [row] = await member.query<Record<string, number>>(`select ${counts.join(', ')}`, [], call);
  return new Map(tables.map((table, index) => [table, Number(row?.[`t${index}`] ?? 0)]));
}
