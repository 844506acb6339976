import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { type RunAs, runCommand } from '../command/run-command.js';
import type { PostgresAccess } from './access.js';

export interface LogicalRestoreOptions {
  readonly binDir: string;
  /** Of pg_dumpall; roles that are there already are left as they are. */
  readonly globalsFile: string;
  readonly dumpFile: string;
  /** Made anew, under the name it had. */
  readonly database: string;
  /** Only these, as `schema.table`; everything when absent. */
  readonly tables?: readonly string[];
  readonly jobs?: number;
  readonly timeoutMs: number;
  readonly runAs?: RunAs;
  readonly signal?: AbortSignal;
}

/**
 * A dump into a server that is there for it alone. Where single tables are wanted they come with their rows, indexes and
 * constraints; every other table comes empty, and no foreign keys come, whose other ends are missing.
 * @throws DrError NOT_FOUND naming tables that the dump does not have, COMMAND_FAILED with pg_restore's words.
 */
export async function logicalRestore(server: PostgresAccess, options: LogicalRestoreOptions): Promise<void> {
  const { database, dumpFile, globalsFile, tables } = options;
  // Roles of the scratch server exist already: that, and nothing else, may go wrong here.
  await run(server, options, 'psql', ['--no-psqlrc', '--quiet', '-d', 'postgres', '-f', globalsFile]);
  if (database !== 'postgres') {
    const create = `create database "${database.replaceAll('"', '""')}" template template0`;
    await run(server, options, 'psql', ['--no-psqlrc', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-c', create]);
  }
  const selected = tables === undefined ? [] : await selection(server, options, tables);
  const jobs = [`--jobs=${options.jobs ?? 2}`];
  await run(server, options, 'pg_restore', ['--exit-on-error', ...jobs, ...selected, '-d', database, dumpFile]);
}

/** The dump's contents without what is not wanted, as a file that pg_restore goes by. */
async function selection(
  server: PostgresAccess,
  options: LogicalRestoreOptions,
  tables: readonly string[],
): Promise<string[]> {
  const { stdout } = await run(server, options, 'pg_restore', ['--list', options.dumpFile]);
  const missing = tables.filter((table) => !listed(stdout, table));
  if (missing.length > 0) {
    throw new DrError('NOT_FOUND', `the dump of ${options.database} has no table ${missing.join(', ')}`, {
      retryable: false,
      hint: 'name tables as schema.table',
      details: missing.map((table) => ({ path: table, problem: 'is not in the dump' })),
    });
  }
  const file = `${options.dumpFile}.list`;
  await writeFile(file, wantedOf(stdout, tables));
  if (options.runAs !== undefined) await chown(file, options.runAs.uid, options.runAs.gid);
  return [`--use-list=${file}`];
}

/** A list of pg_restore with the rows of these tables alone, and without the keys that would need others' rows. */
export function wantedOf(list: string, tables: readonly string[]): string {
  return list
    .split('\n')
    .filter((line) => {
      if (/^\d+; \d+ \d+ (?:FK CONSTRAINT|MATERIALIZED VIEW DATA|BLOBS?|BLOB METADATA) /u.test(line)) return false;
      const [, schema, rest = ''] = /^\d+; \d+ \d+ TABLE DATA (\S+) (.*)$/u.exec(line) ?? [];
      return (
        schema === undefined || tables.map(splitName).some(([of, name]) => of === schema && rest.startsWith(`${name} `))
      );
    })
    .join('\n');
}

/** Whether pg_restore's list has a line `…; … TABLE <schema> <table> <owner>`. */
export function listed(list: string, table: string): boolean {
  const [schema, name] = splitName(table);
  return list.split('\n').some((line) => {
    const [, found, rest] = /^\d+; \d+ \d+ TABLE (\S+) (.*)$/u.exec(line) ?? [];
    return found === schema && rest?.startsWith(`${name} `) === true;
  });
}

function splitName(table: string): [schema: string, table: string] {
  const dot = table.indexOf('.');
  return dot < 0 ? ['public', table] : [table.slice(0, dot), table.slice(dot + 1)];
}

function run(
  { host, port, user, password }: PostgresAccess,
  { binDir, timeoutMs, runAs, signal }: LogicalRestoreOptions,
  program: 'psql' | 'pg_restore',
  words: readonly string[],
) {
  const connection = words.includes('--list') ? [] : ['-h', host, '-p', String(port), '-U', user, '--no-password'];
  return runCommand({
    program: join(binDir, program),
    args: [...connection, ...words],
    cwd: '/',
    env: { PGPASSWORD: password },
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
    ...(runAs === undefined ? {} : { runAs }),
  });
}
