import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPrograms } from '../command/programs.js';
import { pollUntil } from '../command/poll.js';
import { PostgresMember } from '../postgres/postgres-member.js';
import { freePort, temporaryFolder } from './places.js';
import type { TestPostgres } from './postgres.js';
import { handOver } from './run-as.js';
import { type ServerProcess, serverProcess } from './server-process.js';

/** Where PgBouncer is; undefined where set-up could not get it, and its tests are to be skipped by name. */
export const pgbouncerProgram: string | undefined = findPrograms().pgbouncer;

export interface PgbouncerServer extends ServerProcess {
  readonly port: number;
  /** The database as it is reached through the pool. */
  readonly member: PostgresMember;
  /** For psql. */
  readonly console: string;
}

/** PgBouncer that leads to the first of the servers, with a file of databases for each of them, by name. */
export async function startPgbouncer(program: string, servers: readonly TestPostgres[]): Promise<PgbouncerServer> {
  const [first] = servers;
  if (first === undefined) throw new Error('a pool leads to a server');
  const dir = temporaryFolder('pgbouncer').path;
  const port = await freePort();
  for (const { name, port: serverPort, database, admin } of servers) {
    const login = `user=${admin.user} password='${admin.password}'`;
    const line = `${database} = host=127.0.0.1 port=${serverPort} dbname=${database} ${login}`;
    await writeFile(join(dir, `databases.${name}.ini`), `[databases]\n${line}\n`);
  }
  await symlink(`databases.${first.name}.ini`, join(dir, 'databases.ini'));
  const { database, admin } = first;
  await writeFile(join(dir, 'users.txt'), `"${admin.user}" ""\n`);
  const settings = {
    ...{ listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: '', pool_mode: 'session' },
    ...{ auth_type: 'trust', auth_file: 'users.txt', admin_users: admin.user, server_login_retry: '0.2' },
    // What our own connections ask for at their start.
    ignore_startup_parameters: 'statement_timeout, options',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  await writeFile(join(dir, 'pgbouncer.ini'), ['%include databases.ini', '[pgbouncer]', ...lines, ''].join('\n'));
  handOver(dir);
  const server = await serverProcess(program, ['pgbouncer.ini'], dir);
  const member = new PostgresMember({ name: 'pool', host: '127.0.0.1', port, database, ...admin });
  await pollUntil('the pool', () => member.query('select 1').catch(() => undefined), { timeoutMs: 20_000 });
  return { ...server, port, member, console: `host=127.0.0.1 port=${port} dbname=pgbouncer user=${admin.user}` };
}
