/** The settings of Patroni that decide how soon it acts, seconds. */
export interface PatroniPace {
  readonly ttl: number;
  readonly loop_wait: number;
  readonly retry_timeout: number;
  readonly primary_start_timeout: number;
}

/** The fastest that Patroni takes: a lower ttl is refused. A postmaster that died is not waited for. */
export const fastest: PatroniPace = { ttl: 20, loop_wait: 1, retry_timeout: 3, primary_start_timeout: 0 };

/** What Patroni comes with, but for the 300 s that it would try to start a postmaster again. */
export const defaults: PatroniPace = { ttl: 30, loop_wait: 10, retry_timeout: 10, primary_start_timeout: 0 };

export interface PatroniNode {
  readonly name: string;
  readonly postgresPort: number;
  readonly restPort: number;
  readonly dataDir: string;
}

/** The same as in the lab, so that the servers are alike. */
const parameters = {
  wal_level: 'logical',
  hot_standby: 'on',
  wal_log_hints: 'on',
  max_wal_senders: 10,
  max_replication_slots: 10,
  wal_keep_size: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_receiver_status_interval: '1s',
  wal_sender_timeout: '5s',
  wal_receiver_timeout: '5s',
  wal_retrieve_retry_interval: '500ms',
  max_connections: 100,
  shared_buffers: '32MB',
};

/** One node's configuration; JSON is YAML too. */
export function nodeConfiguration(
  node: PatroniNode,
  options: { readonly etcdPort: number; readonly binDir: string; readonly folder: string; readonly password: string },
): string {
  const { etcdPort, binDir, folder, password } = options;
  const login = (username: string) => ({ username, password });
  return JSON.stringify({
    scope: 'bench',
    name: node.name,
    restapi: { listen: `127.0.0.1:${node.restPort}`, connect_address: `127.0.0.1:${node.restPort}` },
    etcd3: { hosts: `127.0.0.1:${etcdPort}` },
    bootstrap: {
      dcs: {
        ...fastest,
        maximum_lag_on_failover: 1_048_576,
        synchronous_mode: true,
        postgresql: { use_pg_rewind: true, use_slots: true, parameters },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums'],
      pg_hba: ['host all all 127.0.0.1/32 scram-sha-256', 'host replication all 127.0.0.1/32 scram-sha-256'],
    },
    postgresql: {
      listen: `127.0.0.1:${node.postgresPort}`,
      connect_address: `127.0.0.1:${node.postgresPort}`,
      data_dir: node.dataDir,
      bin_dir: binDir,
      pgpass: `${node.dataDir}.pgpass`,
      authentication: { superuser: login('admin'), replication: login('replication'), rewind: login('rewind') },
      parameters: { unix_socket_directories: folder },
    },
    watchdog: { mode: 'off' },
  });
}

/** A router as Patroni's own manual has it, with the quickest checks that are of use. */
export function routerConfiguration(port: number, nodes: readonly PatroniNode[]): string {
  const servers = nodes.map(
    ({ name, postgresPort, restPort }) => `  server ${name} 127.0.0.1:${postgresPort} check port ${restPort}`,
  );
  return `global
  maxconn 2000

defaults
  mode tcp
  timeout connect 500ms
  timeout client 1h
  timeout server 1h
  timeout queue 500ms
  timeout check 1s
  retries 1
  option redispatch

listen postgres
  bind 127.0.0.1:${port}
  option httpchk OPTIONS /primary
  http-check expect status 200
  default-server inter 500ms fall 1 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
`;
}
