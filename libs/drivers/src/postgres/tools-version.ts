import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { runCommand } from '../command/run-command.js';

const known = new Map<string, number>();

/** The major version of the PostgreSQL programs in a folder. @throws DrError PROGRAM_MISSING, UNSUPPORTED_SERVER. */
export async function toolsMajor(binDir: string, program = 'pg_basebackup'): Promise<number> {
  const path = join(binDir, program);
  const before = known.get(path);
  if (before !== undefined) return before;
  const { stdout } = await runCommand({ program: path, args: ['--version'], cwd: '/', timeoutMs: 10_000 });
  const major = majorOf(stdout);
  if (major === undefined) throw new DrError('UNSUPPORTED_SERVER', `${path} does not say its version`);
  known.set(path, major);
  return major;
}

/** `15` of `pg_basebackup (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`, and of `15.20`. */
export function majorOf(version: string): number | undefined {
  const found = /(?:\(PostgreSQL\) |^)(\d+)/u.exec(version)?.[1];
  return found === undefined ? undefined : Number(found);
}

/**
 * Programs of PostgreSQL read servers of their own and of older major versions.
 * @throws DrError PROGRAM_MISSING naming the package for a server that is newer.
 */
export function requireToolsFor(what: string, serverMajor: number, major: number): void {
  if (serverMajor <= major) return;
  throw new DrError(
    'PROGRAM_MISSING',
    `${what} is PostgreSQL ${serverMajor}, and the programs here are of version ${major}`,
    {
      retryable: false,
      hint: `install the package postgresql-${serverMajor} on this machine, or name its folder as postgresBin in the file DR_PROGRAMS`,
    },
  );
}

/**
 * A data directory is opened by servers of its own major version alone.
 * @throws DrError PROGRAM_MISSING naming the package when this machine has another.
 */
export function requireServerFor(what: string, dataMajor: number, major: number): void {
  if (dataMajor === major) return;
  throw new DrError(
    'PROGRAM_MISSING',
    `${what} is of PostgreSQL ${dataMajor}, and the server here is version ${major}`,
    {
      retryable: false,
      hint: `install the package postgresql-${dataMajor} on this machine, or name its folder as postgresBin in the file DR_PROGRAMS`,
    },
  );
}
