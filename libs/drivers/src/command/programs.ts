import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { packageHint } from './packages.js';

/** Where the servers and tools that we run are installed; what was not found is absent. */
export interface Programs {
  readonly node?: string;
  readonly natsServer?: string;
  readonly postgresBin?: string;
  /** PostgreSQL 17 beside the machine's own: for tests. */
  readonly postgres17Bin?: string;
  readonly redisServer?: string;
  readonly redisCli?: string;
  readonly haproxy?: string;
  readonly knotd?: string;
  /** For tests. */
  readonly pgbouncer?: string;
  /** The interpreter, and the modules that hold moto: AWS for tests. */
  readonly motoPython?: string;
  readonly motoModules?: string;
}

/**
 * The programs that set-up recorded: the JSON file named by DR_PROGRAMS, else `.lab/setup/programs.json` in the nearest
 * folder upwards; what is not recorded there is looked for on PATH, and PostgreSQL where Debian keeps it.
 */
export function findPrograms(from: string = process.cwd()): Programs {
  const file = process.env['DR_PROGRAMS'] ?? recordedUpwards(from);
  const recorded = file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Programs);
  return {
    ...onPath({
      natsServer: 'nats-server',
      redisServer: 'redis-server',
      redisCli: 'redis-cli',
      haproxy: 'haproxy',
      knotd: 'knotd',
      pgbouncer: 'pgbouncer',
    }),
    ...newestPostgres(),
    node: process.execPath,
    ...recorded,
  };
}

/** The path of one program, or PROGRAM_MISSING with the package to install. */
export function requireProgram(program: keyof Programs, programs: Programs = findPrograms()): string {
  const path = programs[program];
  if (path !== undefined) return path;
  const names: Record<keyof Programs, string> = {
    node: 'node',
    natsServer: 'nats-server',
    postgresBin: 'postgres',
    postgres17Bin: 'postgres',
    redisServer: 'redis-server',
    redisCli: 'redis-cli',
    haproxy: 'haproxy',
    knotd: 'knotd',
    pgbouncer: 'pgbouncer',
    motoPython: 'python3',
    motoModules: 'moto',
  };
  throw new DrError('PROGRAM_MISSING', `${names[program]} is not installed`, { hint: packageHint(names[program]) });
}

/** Whether a program of that name is there for us on PATH, be it executable or not. */
export function isOnPath(program: string): boolean {
  return pathFolders().some((folder) => existsSync(join(folder, program)));
}

const pathFolders = () => (process.env['PATH'] ?? '').split(delimiter);

/** A program that set-up does not bring, where the machine has it. */
export function findOnPath(program: string): string | undefined {
  return onPath({ program }).program;
}

function recordedUpwards(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, '.lab', 'setup', 'programs.json');
    if (existsSync(file)) return file;
    if (folder === dirname(folder)) return undefined;
  }
}

function onPath<Name extends string>(names: Readonly<Record<Name, string>>): Partial<Record<Name, string>> {
  // Debian keeps servers in sbin, which is not on every user's PATH.
  const folders = [...pathFolders(), '/usr/local/sbin', '/usr/sbin'];
  const found = Object.entries<string>(names).flatMap(([name, program]) => {
    const path = folders.map((folder) => join(folder, program)).find(isExecutable);
    return path === undefined ? [] : [[name, path] as const];
  });
  return Object.fromEntries(found) as Partial<Record<Name, string>>;
}

function newestPostgres(): Pick<Programs, 'postgresBin'> {
  const home = '/usr/lib/postgresql';
  if (!existsSync(home)) return {};
  const bin = readdirSync(home)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(home, version, 'bin'))
    .find((folder) => isExecutable(join(folder, 'postgres')));
  return bin === undefined ? {} : { postgresBin: bin };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
