import { randomUUID } from 'node:crypto';
import { DrError } from '@novacron/contracts';
import { ask, type QueriedPostgres, sqlState } from './postgres-access.js';
import type { Finding, Probe } from './probe.js';

/** Who writes: each place keeps one row for ever, so that the table does not grow. */
export interface CanaryPlace {
  readonly timeoutMs: number;
  readonly place: string;
  /** A standby, which takes no writes, is well unless it should be the primary. */
  readonly role?: 'primary' | 'standby';
}

const tableSql = `create schema if not exists dr;
  create table if not exists dr.canary (place text primary key, token text not null, at timestamptz not null)`;

/**
 * The commit waits for this server's disk and not for its standbys: a standby that is gone is not this server's failure, and
 * is told apart below.
 */
const writeSql = `
  with here as (select set_config('synchronous_commit', 'local', true) as mode)
  insert into dr.canary as kept (place, token, at) select $1, $2, clock_timestamp() from here
  on conflict (place) do update set token = excluded.token, at = excluded.at
  returning pg_current_wal_insert_lsn()::text as lsn`;

const readSql = `
  select (select token from dr.canary where place = $1) as token,
    pg_current_wal_flush_lsn() >= $2::pg_lsn as flushed, current_setting('fsync') as fsync,
    (select count(*)::int from pg_stat_activity
      where wait_event = 'SyncRep' and state_change < clock_timestamp() - interval '1 second') as waiting`;

const [undefinedTable, invalidSchema, uniqueViolation, readOnly] = ['42P01', '3F000', '23505', '25006'];

/** A row is written, flushed to disk and read back on another connection. */
export class PostgresCanaryProbe implements Probe {
  constructor(
    private readonly member: (signal: AbortSignal) => Promise<QueriedPostgres>,
    private readonly settings: CanaryPlace,
  ) {}

  async probe(signal: AbortSignal): Promise<Finding | void> {
    const { timeoutMs, place, role } = this.settings;
    const call = { signal, timeoutMs };
    const member = await this.member(signal);
    const token = randomUUID();
    let lsn: string;
    try {
      lsn = await write(member, place, token, call);
    } catch (error) {
      if (sqlState(error) !== readOnly) throw error;
      const [row] = await ask<{ standby: boolean }>(member, 'select pg_is_in_recovery() as standby', [], call);
      if (row?.standby === true && role !== 'primary') return;
      const what = row?.standby === true ? 'it is a standby, not a primary' : 'it is a primary that takes no writes';
      throw new DrError('VERIFY_FAILED', what, { cause: error });
    }
    const [row] = await ask<{ token: string | null; flushed: boolean; fsync: string; waiting: number }>(
      member,
      readSql,
      [place, lsn],
      call,
    );
    if (row?.token !== token) throw new DrError('VERIFY_FAILED', 'what was written cannot be read back');
    if (!row.flushed) throw new DrError('VERIFY_FAILED', 'what was committed is not on disk');
    if (row.fsync !== 'on') return { degraded: 'fsync is off: what it confirms does not outlive its machine' };
    if (row.waiting > 0) return { degraded: `${row.waiting} commits wait for a synchronous standby` };
  }
}

type Call = { readonly signal: AbortSignal; readonly timeoutMs: number };

async function write(member: QueriedPostgres, place: string, token: string, call: Call): Promise<string> {
  const insert = async (): Promise<string> => {
    const [row] = await ask<{ lsn: string }>(member, writeSql, [place, token], call);
    if (row === undefined) throw new DrError('VERIFY_FAILED', 'the canary was not written');
    return row.lsn;
  };
  try {
    return await insert();
  } catch (error) {
    if (![undefinedTable, invalidSchema].includes(sqlState(error))) throw error;
  }
  await ask(member, tableSql, [], call).catch((error: unknown) => {
    // Another vantage made it at the same time: `if not exists` does not protect from that.
    if (sqlState(error) !== uniqueViolation) throw error;
  });
  return insert();
}
