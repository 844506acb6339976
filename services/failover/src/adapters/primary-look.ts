import {
  alwaysWaitedFor,
  type CallOptions,
  type Lsn,
  noStandby,
  parseTimelineHistory,
  type PostgresMember,
} from '@novacron/drivers';
import type { ReplicationLook } from '../domain/replication/replication-record.js';

interface LookRow extends Record<string, unknown> {
  in_recovery: boolean;
  lsn: Lsn | null;
  timeline: number | null;
  history: string | null;
  system_identifier: string;
  setting: string;
  rows: number;
  waiting: number;
  version: number;
  connections: number;
  links: ReplicationLook['links'];
}

/** One statement, so that one look is one moment. */
const lookSql = `
  select r.in_recovery,
    case when not r.in_recovery then pg_current_wal_lsn()::text end as lsn,
    case when not r.in_recovery then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
    case when not r.in_recovery then
      pg_read_file('pg_wal/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '.history', 0, 1048576, true) end as history,
    (select system_identifier::text from pg_control_system()) as system_identifier,
    current_setting('synchronous_standby_names') as setting,
    (select coalesce(sum(tup_inserted + tup_updated + tup_deleted), 0)::float8 from pg_stat_database) as rows,
    (select count(*)::int from pg_stat_activity where wait_event = 'SyncRep') as waiting,
    current_setting('server_version_num')::int as version, current_setting('max_connections')::int as connections,
    (select coalesce(json_agg(json_build_object('site', application_name, 'streaming', state = 'streaming',
       'synchronous', sync_state in ('sync', 'quorum'), 'flushLsn', flush_lsn::text)), '[]') from pg_stat_replication) as links
  from (select pg_is_in_recovery() as in_recovery) r`;

/** How a primary's replication is now; undefined when the server is no primary. @throws DrError UNREACHABLE, TIMEOUT. */
export async function lookAtPrimary(
  member: PostgresMember,
  epoch: number,
  call: CallOptions,
): Promise<ReplicationLook | undefined> {
  const [[row], beat] = await Promise.all([member.query<LookRow>(lookSql, [], call), member.readHeartbeat(call)]);
  if (row === undefined || row.in_recovery || row.lsn === null || row.timeline === null) return undefined;
  return {
    ...{ epoch, site: member.name, atMs: Date.now(), lsn: row.lsn, rows: row.rows, timeline: row.timeline },
    systemIdentifier: row.system_identifier,
    setting: alwaysWaitedFor(row.setting).filter((name) => name !== noStandby),
    links: row.links,
    waitingCommits: row.waiting,
    // The first timeline has none before it, and no file that says so.
    ...(row.history === null && row.timeline > 1 ? {} : { history: parseTimelineHistory(row.history ?? '') }),
    server: { version: row.version, maxConnections: row.connections },
    ...(beat === undefined ? {} : { heartbeat: { seq: beat.seq, at: beat.at } }),
  };
}
