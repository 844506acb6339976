import { DrError } from '@novacron/contracts';
import type { Query, Row } from './access.js';
import type { Lsn } from './lsn.js';

/** The newest epoch that this database has accepted: which operation made this site the writable one. */
export interface StoredEpoch {
  readonly epoch: number;
  readonly operationId: string;
  readonly at: string;
}

export interface Heartbeat {
  /** Rises by one with each beat: the gap after a failover counts lost beats whatever the clocks say. */
  readonly seq: number;
  readonly epoch: number;
  readonly lsn: Lsn;
  readonly at: string;
}

const schemaSql = `
  create schema if not exists dr;
  create table if not exists dr.epoch (
    only_row boolean primary key default true check (only_row),
    epoch bigint not null,
    operation_id text not null,
    at timestamptz not null);
  create table if not exists dr.heartbeat (
    only_row boolean primary key default true check (only_row),
    seq bigint not null,
    epoch bigint not null,
    lsn pg_lsn not null,
    at timestamptz not null)`;

const undefinedTable = '42P01';
const invalidSchemaName = '3F000';
/** Two creators at once: `if not exists` does not protect from that. */
const uniqueViolation = '23505';

/** Runs `statement`, and once more after making the tables when they are not there yet. */
async function withTables<T>(query: Query, statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    if (![undefinedTable, invalidSchemaName].includes(codeOf(error))) throw error;
  }
  await query(schemaSql).catch((error: unknown) => {
    if (codeOf(error) !== uniqueViolation) throw error;
  });
  return statement();
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? '';

interface EpochRow extends Row {
  epoch: string;
  operation_id: string;
  at: Date;
}

export async function readEpoch(query: Query): Promise<StoredEpoch | undefined> {
  try {
    const [row] = await query<EpochRow>('select epoch, operation_id, at from dr.epoch');
    return row && { epoch: Number(row.epoch), operationId: row.operation_id, at: row.at.toISOString() };
  } catch (error) {
    if ([undefinedTable, invalidSchemaName].includes(codeOf(error))) return undefined;
    throw error;
  }
}

/**
 * The fencing check at the target: the row only ever moves to a newer epoch, and one epoch belongs to one operation, so a
 * holder that was paused past its lease cannot write after its successor. Throws STALE_TOKEN. Repeating the same is no change.
 */
export async function writeEpoch(query: Query, epoch: number, operationId: string): Promise<StoredEpoch> {
  const [row] = await withTables(query, () =>
    query<EpochRow>(
      `insert into dr.epoch as held (epoch, operation_id, at) values ($1, $2, clock_timestamp())
       on conflict (only_row) do update set epoch = excluded.epoch, operation_id = excluded.operation_id, at = excluded.at
         where held.epoch < excluded.epoch or (held.epoch = excluded.epoch and held.operation_id = excluded.operation_id)
       returning epoch, operation_id, at`,
      [epoch, operationId],
    ),
  );
  const stored = await readEpoch(query);
  if (!row || stored?.epoch !== epoch || stored.operationId !== operationId) {
    throw new DrError(
      'STALE_TOKEN',
      `the database holds epoch ${stored?.epoch} of ${stored?.operationId}, newer than or beside ${epoch} of ${operationId}`,
    );
  }
  return stored;
}

interface HeartbeatRow extends Row {
  seq: string;
  epoch: string;
  lsn: Lsn;
  at: Date;
}

const heartbeatOf = (row: HeartbeatRow): Heartbeat => ({
  seq: Number(row.seq),
  epoch: Number(row.epoch),
  lsn: row.lsn,
  at: row.at.toISOString(),
});

/** One committed beat; it also gives recovery to a point in time a commit to stop at while nothing else is written. */
export async function beat(query: Query): Promise<Heartbeat> {
  const [row] = await withTables(query, () =>
    query<HeartbeatRow>(
      `insert into dr.heartbeat as last (seq, epoch, lsn, at)
       values (1, coalesce((select epoch from dr.epoch), 0), pg_current_wal_lsn(), clock_timestamp())
       on conflict (only_row) do update set seq = last.seq + 1, epoch = excluded.epoch, lsn = excluded.lsn, at = excluded.at
       returning seq, epoch, lsn::text, at`,
    ),
  );
  if (!row) throw new DrError('VERIFY_FAILED', 'the heartbeat row was not written');
  return heartbeatOf(row);
}

export async function readHeartbeat(query: Query): Promise<Heartbeat | undefined> {
  try {
    const [row] = await query<HeartbeatRow>('select seq, epoch, lsn::text, at from dr.heartbeat');
    return row && heartbeatOf(row);
  } catch (error) {
    if ([undefinedTable, invalidSchemaName].includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** The files behind our own tables, as WAL names them: `tablespace/database/filenode`. */
export async function readOwnRelations(query: Query): Promise<string[]> {
  const rows = await query<{ relation: string }>(
    `with own as (
       select c.oid, c.reltoastrelid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'dr')
     select concat_ws('/', coalesce(nullif(c.reltablespace, 0), d.dattablespace), d.oid, pg_relation_filenode(c.oid)) as relation
     from pg_class c, pg_database d
     where d.datname = current_database() and pg_relation_filenode(c.oid) is not null
       and (c.oid in (select oid from own) or c.oid in (select reltoastrelid from own))`,
  );
  return rows.map(({ relation }) => relation);
}
