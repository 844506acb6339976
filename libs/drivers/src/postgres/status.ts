import type { Query, Row } from './access.js';
import { greatestLsn, type Lsn } from './lsn.js';

/** What one server says about itself, all read in one statement. LSNs are null where they have no meaning in its role. */
export interface PostgresStatus {
  readonly inRecovery: boolean;
  /** Timeline being written (primary), or the newest one it has received or replayed (standby). */
  readonly timeline: number;
  /** 64 bits, as text: equal for all members that descend from one initdb. */
  readonly systemIdentifier: string;
  readonly currentLsn: Lsn | null;
  readonly receiveLsn: Lsn | null;
  readonly replayLsn: Lsn | null;
  /** How far this server's data reach: written (primary), or the later of received and replayed (standby). */
  readonly position: Lsn | null;
  readonly replayPaused: boolean;
  /** `streaming` while WAL can arrive; null when there is no receiver. */
  readonly walReceiverStatus: string | null;
  /** The host and port it receives from. */
  readonly receivesFrom: { readonly host: string; readonly port: number } | null;
  readonly synchronousStandbyNames: string;
  /** Commit time (RFC 3339, UTC) of the last transaction replayed: age is lag only while the primary writes. */
  readonly lastReplayAt: string | null;
  /** The server's own clock when it answered. */
  readonly serverTime: string;
  /** `150018` for 15.18. */
  readonly version: number;
}

/**
 * pg_walfile_name gives the timeline being written, where pg_control_checkpoint lags until the first checkpoint after a
 * promotion; on a standby the newest of three sources counts, as none alone is current in every state. The receive
 * position is behind, or null, when WAL came from an archive: hence the greatest with the replay position.
 */
const statusSql = `
  select r.in_recovery,
    case when r.in_recovery then greatest(
        (select timeline_id from pg_control_checkpoint()),
        (select min_recovery_end_timeline from pg_control_recovery()),
        w.received_tli)
      else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
    (select system_identifier::text from pg_control_system()) as system_identifier,
    case when not r.in_recovery then pg_current_wal_lsn()::text end as current_lsn,
    case when r.in_recovery then pg_last_wal_receive_lsn()::text end as receive_lsn,
    case when r.in_recovery then pg_last_wal_replay_lsn()::text end as replay_lsn,
    case when r.in_recovery then pg_is_wal_replay_paused() else false end as replay_paused,
    w.status as wal_receiver_status, w.sender_host, w.sender_port,
    current_setting('synchronous_standby_names') as synchronous_standby_names,
    case when r.in_recovery then pg_last_xact_replay_timestamp() end as last_replay_at,
    clock_timestamp() as server_time,
    current_setting('server_version_num')::int as version
  from (select pg_is_in_recovery() as in_recovery) r
  left join pg_stat_wal_receiver w on true`;

interface StatusRow extends Row {
  in_recovery: boolean;
  timeline: number;
  system_identifier: string;
  current_lsn: Lsn | null;
  receive_lsn: Lsn | null;
  replay_lsn: Lsn | null;
  replay_paused: boolean;
  wal_receiver_status: string | null;
  sender_host: string | null;
  sender_port: number | null;
  synchronous_standby_names: string;
  last_replay_at: Date | null;
  server_time: Date;
  version: number;
}

/** SQLSTATE of a function that only a standby answers (object_not_in_prerequisite_state). */
export const notInRecovery = '55000';

export async function readStatus(query: Query): Promise<PostgresStatus> {
  const [row] = await query<StatusRow>(statusSql).catch((error: unknown) => {
    // A recovery that ends in the middle of the statement: asked again, the server answers as the primary it has become.
    if ((error as { code?: string }).code === notInRecovery) return query<StatusRow>(statusSql);
    throw error;
  });
  if (!row) throw new Error('a statement without a from list gave no row');
  return {
    inRecovery: row.in_recovery,
    timeline: row.timeline,
    systemIdentifier: row.system_identifier,
    currentLsn: row.current_lsn,
    receiveLsn: row.receive_lsn,
    replayLsn: row.replay_lsn,
    position: row.in_recovery ? greatestLsn(row.receive_lsn, row.replay_lsn) : row.current_lsn,
    replayPaused: row.replay_paused,
    walReceiverStatus: row.wal_receiver_status,
    receivesFrom: row.sender_host === null ? null : { host: row.sender_host, port: row.sender_port ?? 5432 },
    synchronousStandbyNames: row.synchronous_standby_names,
    lastReplayAt: row.last_replay_at?.toISOString() ?? null,
    serverTime: row.server_time.toISOString(),
    version: row.version,
  };
}

/** One line of pg_stat_replication: who receives WAL from this server, and how far each is. */
export interface ReplicationLink {
  readonly applicationName: string;
  readonly clientAddress: string | null;
  readonly state: string;
  readonly syncState: string;
  readonly slot: string | null;
  readonly sentLsn: Lsn | null;
  readonly writeLsn: Lsn | null;
  readonly flushLsn: Lsn | null;
  readonly replayLsn: Lsn | null;
  /** Bytes that this server has and the other has not replayed. */
  readonly lagBytes: number | null;
  readonly replayLagMs: number | null;
}

const linksSql = `
  select application_name, host(client_addr) as client_address, r.state, r.sync_state, s.slot_name,
    sent_lsn::text, write_lsn::text, flush_lsn::text, replay_lsn::text,
    pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, replay_lsn)
      ::float8 as lag_bytes,
    (extract(epoch from replay_lag) * 1000)::float8 as replay_lag_ms
  from pg_stat_replication r left join pg_replication_slots s on s.active_pid = r.pid
  order by application_name, r.pid`;

export async function readReplicationLinks(query: Query): Promise<ReplicationLink[]> {
  const rows = await query(linksSql);
  return rows.map((row) => ({
    applicationName: row['application_name'] as string,
    clientAddress: row['client_address'] as string | null,
    state: row['state'] as string,
    syncState: row['sync_state'] as string,
    slot: row['slot_name'] as string | null,
    sentLsn: row['sent_lsn'] as Lsn | null,
    writeLsn: row['write_lsn'] as Lsn | null,
    flushLsn: row['flush_lsn'] as Lsn | null,
    replayLsn: row['replay_lsn'] as Lsn | null,
    lagBytes: row['lag_bytes'] as number | null,
    replayLagMs: row['replay_lag_ms'] as number | null,
  }));
}
