import { DrError } from '@novacron/contracts';
import { ask, type QueriedPostgres } from './postgres-access.js';
import type { Finding, Probe } from './probe.js';

export interface PostgresExpectation {
  readonly timeoutMs: number;
  /** Either is well unless given: which of them a site should have moves with a failover. */
  readonly role?: 'primary' | 'standby';
  /** A standby that receives nothing, or is further behind, is degraded; neither is looked at unless given. */
  readonly maxLagMs?: number;
}

/**
 * One round trip that needs the login, the catalogue and the role. A standby that has replayed all it has received is not
 * behind, however old its last transaction: the primary may be idle. One that has replayed none is behind since its start.
 */
const sql = `
  select pg_is_in_recovery() as standby, (select count(*)::int from pg_database) as databases,
    (select status from pg_stat_wal_receiver) as receiver,
    (case when pg_is_in_recovery() and pg_last_wal_receive_lsn() is distinct from pg_last_wal_replay_lsn()
      then extract(epoch from clock_timestamp() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) * 1000 else 0 end)::float8 as lag_ms`;

/** PostgreSQL takes our login, reads a table, and has the role and the lag that are expected. */
export class PostgresProbe implements Probe {
  constructor(
    private readonly member: (signal: AbortSignal) => Promise<QueriedPostgres>,
    private readonly expected: PostgresExpectation,
  ) {}

  async probe(signal: AbortSignal): Promise<Finding | void> {
    const { timeoutMs, role, maxLagMs } = this.expected;
    const member = await this.member(signal);
    const [row] = await ask<{
      standby: boolean | null;
      databases: number;
      receiver: string | null;
      lag_ms: number | null;
    }>(member, sql, [], { signal, timeoutMs });
    if (typeof row?.standby !== 'boolean' || row.databases < 1)
      throw new DrError('VERIFY_FAILED', 'PostgreSQL answered without its role or its databases');
    const found = row.standby ? 'standby' : 'primary';
    if (role !== undefined && role !== found) throw new DrError('VERIFY_FAILED', `it is a ${found}, not a ${role}`);
    if (!row.standby || maxLagMs === undefined) return;
    if (row.receiver !== 'streaming') return { degraded: 'it receives no WAL' };
    const lagMs = Math.round(row.lag_ms ?? 0);
    if (lagMs > maxLagMs) return { degraded: `it is ${lagMs} ms behind, more than ${maxLagMs}` };
  }
}
