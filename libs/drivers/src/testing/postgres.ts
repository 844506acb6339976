import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireProgram } from '../command/programs.js';
import { runCommand } from '../command/run-command.js';
import { becomeStandby } from '../postgres/data-directory.js';
import type { ReplicationSource } from '../postgres/conninfo.js';
import { localControl, runningPostmaster } from '../postgres/process-control.js';
import { PostgresMember } from '../postgres/postgres-member.js';
import { pollUntil } from '../command/poll.js';
import { freePort, temporaryFolder } from './places.js';
import { handOver, ordinaryUser } from './run-as.js';

/** What a primary and its standbys need to be failed over, archived and rewound; fast, as tests and labs want it. */
export const postgresSettings: Readonly<Record<string, string>> = {
  wal_level: 'replica',
  wal_log_hints: 'on',
  max_wal_senders: '10',
  max_replication_slots: '10',
  wal_keep_size: '256MB',
  hot_standby: 'on',
  wal_retrieve_retry_interval: '200ms',
  wal_receiver_status_interval: '1s',
  wal_sender_timeout: '5s',
  wal_receiver_timeout: '5s',
  shared_buffers: '32MB',
  max_connections: '60',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export interface StartPostgresOptions {
  /** Name of the member; also the one it replicates under. */
  readonly name?: string;
  readonly database?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server that tests own: a superuser `dr_admin`, a role `dr_replication`, and a database. */
export interface TestPostgres {
  readonly name: string;
  readonly member: PostgresMember;
  readonly port: number;
  readonly dataDir: string;
  readonly binDir: string;
  readonly admin: { readonly user: string; readonly password: string };
  readonly replication: { readonly user: string; readonly password: string };
  readonly database: string;
  readonly url: string;
  readonly logFile: string;
  /** How a standby of the given name receives from this server. */
  source(standby: string): ReplicationSource;
  pid(): number | undefined;
  /** As a machine that loses its power: no shutdown, no word to anyone. */
  kill(): Promise<void>;
  /** SIGSTOP to every process: it keeps its connections and says nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const admin = { user: 'dr_admin', password: 'admin-test-password' };
const replication = { user: 'dr_replication', password: 'replication-test-password' };

export async function startPostgres(options: StartPostgresOptions = {}): Promise<TestPostgres> {
  const { name = 'primary', database = 'novacron' } = options;
  const folder = temporaryFolder(`postgres-${name}`);
  const dataDir = join(folder.path, 'data');
  const passwordFile = join(folder.path, 'password');
  writeFileSync(passwordFile, `${admin.password}\n`, { mode: 0o600 });
  handOver(passwordFile);
  await run(
    'initdb',
    [
      '-D',
      dataDir,
      '-U',
      admin.user,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
    ],
    folder.path,
  );
  const port = await freePort();
  writeFileSync(join(dataDir, 'postgresql.conf'), configuration(port, options.settings));
  writeFileSync(
    join(dataDir, 'pg_hba.conf'),
    'host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n',
  );
  const server = testServer({ name, database, port, dataDir, folder });
  const maintenance = new PostgresMember({ ...server.member.options, database: 'postgres' });
  await maintenance.start();
  await maintenance.query(`create role ${replication.user} login replication password '${replication.password}'`);
  await maintenance.query(`create database ${database}`);
  return server;
}

/** A standby that streams from `primary` under its own name and slot. */
export async function startStandbyOf(primary: TestPostgres, options: StartPostgresOptions = {}): Promise<TestPostgres> {
  const { name = 'secondary' } = options;
  const folder = temporaryFolder(`postgres-${name}`);
  const dataDir = join(folder.path, 'data');
  await primary.member.createReplicationSlot(name);
  const target = `host=127.0.0.1 port=${primary.port} user=${replication.user}`;
  await run(
    'pg_basebackup',
    ['-D', dataDir, '-d', target, '-X', 'stream', '--checkpoint=fast', '--no-password', '--no-sync'],
    folder.path,
  );
  const port = await freePort();
  writeFileSync(join(dataDir, 'postgresql.conf'), configuration(port, options.settings));
  await becomeStandby(dataDir, primary.source(name), ordinaryUser());
  const server = testServer({ name, database: primary.database, port, dataDir, folder });
  await server.member.start();
  await pollUntil(
    'streaming',
    async () => (await server.member.status()).walReceiverStatus === 'streaming' || undefined,
    { timeoutMs: 20_000 },
  );
  return server;
}

interface ServerPlace {
  readonly name: string;
  readonly database: string;
  readonly port: number;
  readonly dataDir: string;
  readonly folder: { readonly path: string; remove(): void };
}

function testServer({ name, database, port, dataDir, folder }: ServerPlace): TestPostgres {
  const binDir = requireProgram('postgresBin');
  const runAs = ordinaryUser();
  const passfile = join(folder.path, 'pgpass');
  writeFileSync(passfile, `*:*:*:${replication.user}:${replication.password}\n`, { mode: 0o600 });
  handOver(passfile);
  const logFile = join(folder.path, 'server.log');
  const member = new PostgresMember({
    name,
    host: '127.0.0.1',
    port,
    ...admin,
    database,
    binDir,
    dataDir,
    control: localControl({ binDir, dataDir, logFile, ...(runAs && { runAs }) }),
    ...(runAs && { runAs }),
  });
  const pid = () => runningPostmaster(dataDir);
  const signal = (name: NodeJS.Signals): void => {
    const postmaster = pid();
    if (postmaster !== undefined) for (const each of [postmaster, ...childrenOf(postmaster)]) signalQuietly(each, name);
  };
  const kill = async () => {
    const postmaster = pid();
    if (postmaster === undefined) return;
    for (const each of [postmaster, ...childrenOf(postmaster)]) signalQuietly(each, 'SIGKILL');
    await pollUntil('end of the server', async () => (pid() === undefined ? true : undefined), { timeoutMs: 10_000 });
  };
  return {
    name,
    member,
    port,
    dataDir,
    binDir,
    admin,
    replication,
    database,
    logFile,
    url: `postgres://${admin.user}:${admin.password}@127.0.0.1:${port}/${database}`,
    source: (standby) => ({
      host: '127.0.0.1',
      port,
      user: replication.user,
      passfile,
      applicationName: standby,
      slot: standby,
    }),
    pid,
    kill,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    stop: async () => {
      await kill();
      folder.remove();
    },
  };
}

/** The processes that one has started: each of a server's leads a group of its own, which killing its parent's would leave for a moment. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function signalQuietly(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

function configuration(port: number, settings: Readonly<Record<string, string>> = {}): string {
  const all = {
    port: `${port}`,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...postgresSettings,
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('');
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const runAs = ordinaryUser();
  await runCommand({
    program: join(requireProgram('postgresBin'), program),
    args,
    cwd,
    env: { PGPASSWORD: replication.password },
    timeoutMs: 60_000,
    ...(runAs && { runAs }),
  });
}
