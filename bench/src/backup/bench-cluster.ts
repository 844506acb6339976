import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@novacron/drivers';
import { ordinaryUser, startPostgres, type TestPostgres } from '@novacron/drivers/testing';

/** One unit of pgbench's scale is so many bytes on disc, with its index. */
const bytesPerScale = 15 * 2 ** 20;
const mebibyte = 2 ** 20;
const fillTimeoutMs = 600_000;

export interface BenchCluster {
  readonly postgres: TestPostgres;
  /** Where the server's local socket lies, which pgBackRest connects by. */
  readonly socketFolder: string;
  /** Of all databases, as the server counts them. */
  readonly sizeBytes: number;
}

/**
 * A server with accounts as pgbench makes them, which compress well, and every tenth byte of a kind that does not compress at all:
 * real databases hold both.
 */
export async function benchCluster(
  sizeMiB: number,
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<BenchCluster> {
  const postgres = await startPostgres({
    settings: {
      ...settings,
      ...{ unix_socket_directories: folder, shared_buffers: '256MB', max_wal_size: '4GB', checkpoint_timeout: '30min' },
    },
  });
  appendFileSync(join(postgres.dataDir, 'pg_hba.conf'), 'local all all trust\n');
  await postgres.member.query('select pg_reload_conf()');
  const incompressibleMiB = Math.round(sizeMiB / 10);
  const scale = Math.ceil(((sizeMiB - incompressibleMiB) * mebibyte) / bytesPerScale);
  await pgbench(postgres, ['--initialize', '--quiet', `--scale=${scale}`]);
  await postgres.member.query(
    `create table noise as select n, (select string_agg(sha512((n * 128 + i)::text::bytea), '') from generate_series(1, 128) i)
       as bytes from generate_series(1, ${incompressibleMiB * 128}) n`,
    [],
    { timeoutMs: fillTimeoutMs },
  );
  await postgres.member.query('checkpoint', [], { timeoutMs: fillTimeoutMs });
  const [row] = await postgres.member.query<{ bytes: number }>(
    'select sum(pg_database_size(oid))::float8 as bytes from pg_database',
  );
  return { postgres, socketFolder: folder, sizeBytes: row?.bytes ?? 0 };
}

/** Makes the database about three times as large. */
export async function growCluster({ postgres }: BenchCluster): Promise<void> {
  for (const name of ['second', 'third'])
    await postgres.member.query(`create table ${name} as select * from pgbench_accounts`, [], {
      timeoutMs: fillTimeoutMs,
    });
  await postgres.member.query('checkpoint', [], { timeoutMs: fillTimeoutMs });
}

/** @throws DrError PROGRAM_MISSING, COMMAND_FAILED. */
export async function pgbench(
  postgres: TestPostgres,
  args: readonly string[],
  timeoutMs = fillTimeoutMs,
): Promise<void> {
  const { binDir, port, admin, database } = postgres;
  const runAs = ordinaryUser();
  await runCommand({
    program: join(binDir, 'pgbench'),
    args: ['-h', '127.0.0.1', '-p', String(port), '-U', admin.user, ...args, database],
    cwd: '/',
    env: { PGPASSWORD: admin.password },
    timeoutMs,
    ...(runAs && { runAs }),
  });
}
