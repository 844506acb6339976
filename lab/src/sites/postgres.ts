import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { FullSiteName, LabPorts } from '../layout/ports.js';
import type { LabFolders } from '../layout/folders.js';
import type { LabPrograms } from '../layout/programs.js';
import type { LabSecrets } from '../layout/secrets.js';
import { ServerProcess } from '../processes/server-process.js';
import { runProgram } from '../processes/run-program.js';
import type { RunningServer } from './site-server.js';

const startTimeoutMs = 60_000;
/** A fast shutdown waits for the standbys to have everything; what takes longer is stopped at once. */
const stopTimeoutMs = 10_000;
/** Less than the lab's own patience with a standby that lost its sender. */
const keepalives = 'keepalives_idle=2 keepalives_interval=1 keepalives_count=3 connect_timeout=2';

/** What the chain secondary ← primary, dr ← secondary needs of every member, whoever leads; read from the file again by each. */
const settings = `
wal_level = logical
hot_standby = on
wal_log_hints = on
max_wal_senders = 10
max_replication_slots = 10
wal_keep_size = 256MB
archive_mode = off
fsync = on
recovery_init_sync_method = syncfs
synchronous_commit = on
full_page_writes = on
wal_receiver_status_interval = 1s
wal_sender_timeout = 5s
wal_receiver_timeout = 5s
wal_retrieve_retry_interval = 500ms
max_connections = 100
shared_buffers = 32MB
password_encryption = scram-sha-256
unix_socket_directories = ''
log_line_prefix = '%m [%p] %a '
`;

const hostRules = `
host all all 127.0.0.1/32 scram-sha-256
host replication dr_replication,dr_admin 127.0.0.1/32 scram-sha-256
`;

const appSchema = `
create schema app authorization app;
create table app.rows (
  n bigint primary key,
  site text not null,
  written_at timestamptz not null default clock_timestamp()
);
create table app.jobs (
  id text primary key,
  site text not null,
  done_at timestamptz not null default clock_timestamp()
);
alter table app.rows owner to app;
alter table app.jobs owner to app;
`;

export interface PostgresSiteOptions {
  readonly site: FullSiteName;
  readonly ports: LabPorts;
  readonly folders: LabFolders;
  readonly programs: LabPrograms;
  readonly secrets: LabSecrets;
}

/** A site's PostgreSQL: how its data folder comes to be, and how the server runs on it. */
export class PostgresSite {
  readonly dataDir: string;

  constructor(private readonly options: PostgresSiteOptions) {
    this.dataDir = join(options.folders.site(options.site), 'postgres');
  }

  /** Through the site's front, as an administrator. */
  get url(): string {
    const { ports, secrets, site } = this.options;
    return `postgres://dr_admin:${secrets.postgresAdmin}@127.0.0.1:${ports.sites[site].postgres.front}/novacron`;
  }

  /** A new, empty cluster that lets nobody in without a password. */
  async createCluster(signal: AbortSignal): Promise<void> {
    const passwordFile = this.options.folders.secret('postgres-admin');
    const args = [
      '--pgdata',
      this.dataDir,
      '--username',
      'dr_admin',
      '--pwfile',
      passwordFile,
      '--auth',
      'scram-sha-256',
    ];
    args.push('--data-checksums', '--encoding', 'UTF8', '--locale', 'C', '--no-sync');
    await this.run('initdb', args, signal);
    await appendFile(join(this.dataDir, 'postgresql.conf'), settings);
    await writeFile(join(this.dataDir, 'pg_hba.conf'), hostRules);
  }

  /** The estate's logins and its database, on the running primary. */
  async createDatabase(): Promise<void> {
    const { secrets } = this.options;
    await this.withClient('postgres', async (client) => {
      await client.query(
        `create role dr_replication login replication password ${quoted(secrets.postgresReplication)}`,
      );
      await client.query(`create role app login password ${quoted(secrets.postgresApp)}`);
      await client.query('create database novacron');
    });
    await this.withClient('novacron', (client) => client.query(appSchema));
  }

  /** A standby of `source`, taken from it and streaming through its slot named after this site. */
  async cloneFrom(source: PostgresSite, signal: AbortSignal): Promise<void> {
    const { site, folders } = this.options;
    const port = source.options.ports.sites[source.options.site].postgres.front;
    const connection = `host=127.0.0.1 port=${port} user=dr_replication passfile=${folders.secret('pgpass')}`;
    await source.withClient('novacron', (client) =>
      client.query('select pg_create_physical_replication_slot($1, true)', [site]),
    );
    const args = ['--pgdata', this.dataDir, '--dbname', connection, '--checkpoint', 'fast', '--no-sync'];
    await this.run('pg_basebackup', args, signal);
    const conninfo = `${connection} application_name=${site} ${keepalives}`;
    await writeFile(join(this.dataDir, 'standby.signal'), '');
    await writeFile(
      join(this.dataDir, 'postgresql.auto.conf'),
      `primary_conninfo = '${conninfo}'\nprimary_slot_name = '${site}'\n`,
    );
  }

  /** What makes the first link synchronous: no commit is answered before the secondary has it on disk. */
  async requireSynchronous(standby: FullSiteName): Promise<void> {
    await this.withClient('novacron', async (client) => {
      await client.query(`alter system set synchronous_standby_names = 'FIRST 1 (${standby})'`);
      await client.query('select pg_reload_conf()');
    });
  }

  /** The server itself; port and name are on its command line, since a rewind or a base backup brings another's files. */
  async launch(): Promise<RunningServer> {
    const { site, ports, programs, folders } = this.options;
    const own = { port: ports.sites[site].postgres.behind, listen_addresses: '127.0.0.1', cluster_name: site };
    const server = await ServerProcess.start({
      name: `postgres of ${site}`,
      program: join(programs.postgresBin, 'postgres'),
      args: ['-D', this.dataDir, ...Object.entries(own).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      cwd: folders.site(site),
      logFile: folders.log(`postgres-${site}`),
    });
    return {
      pid: server.pid,
      exited: server.exited,
      ready: () => server.ready(() => this.answers(), startTimeoutMs),
      stop: () => server.stop('SIGINT', stopTimeoutMs),
      shutDown: () => server.stop('SIGQUIT', 2_000),
    };
  }

  async answers(): Promise<boolean> {
    await this.withClient('postgres', (client) => client.query('select 1'));
    return true;
  }

  /** Straight to the server, not through the front. */
  async withClient<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    const { site, ports, secrets } = this.options;
    const client = new Client({
      host: '127.0.0.1',
      port: ports.sites[site].postgres.behind,
      user: 'dr_admin',
      password: secrets.postgresAdmin,
      database,
      connectionTimeoutMillis: 2_000,
      application_name: 'lab',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async run(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
    const { folders, programs, site } = this.options;
    await mkdir(folders.site(site), { recursive: true });
    await rm(this.dataDir, { recursive: true, force: true });
    await runProgram({ program: join(programs.postgresBin, program), args, cwd: folders.site(site), signal });
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
