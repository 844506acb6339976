import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, isExecutable, run, SetupError } from './processes.mjs';
import { missingS3Packages, s3Programs } from './s3.mjs';

const oldestPostgres = 15;
const postgresPrograms = [
  'postgres',
  'initdb',
  'pg_ctl',
  'pg_basebackup',
  'pg_rewind',
  'pg_dump',
  'pg_restore',
  'psql',
];

/** Which Debian package brings each program that is looked up on PATH. */
const packageOf = { 'redis-server': 'redis-server', 'redis-cli': 'redis-tools', haproxy: 'haproxy', knotd: 'knot' };

/** The newest PostgreSQL that has all the programs we run: Debian keeps them out of PATH, by version. */
function findPostgres() {
  const home = '/usr/lib/postgresql';
  return listFolder(home)
    .map((version) => ({ version: Number(version), bin: join(home, version, 'bin') }))
    .filter(
      ({ version, bin }) => version >= oldestPostgres && postgresPrograms.every((p) => isExecutable(join(bin, p))),
    )
    .sort((a, b) => b.version - a.version)[0];
}

/** @param {string} folder @returns {string[]} */
function listFolder(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function missingPackages() {
  const missing = Object.entries(packageOf)
    .filter(([program]) => !findProgram(program))
    .map(([, name]) => name)
    .concat(missingS3Packages());
  return findPostgres() ? missing : ['postgresql', ...missing];
}

/** @param {string[]} packages @param {string} [hint] what to do where they cannot be installed */
export async function install(
  packages,
  hint = `install these packages, then run the command again: ${packages.join(' ')} (PostgreSQL ${oldestPostgres} or newer)`,
) {
  if (!findProgram('apt-get'))
    throw new SetupError('programs are missing, and there is no apt-get to install them', hint);
  const script = join(import.meta.dirname, 'install-packages.sh');
  if (process.getuid?.() === 0) return run('sh', [script, ...packages]);
  const allowed = await run('sudo', ['-n', 'true']).then(
    () => true,
    () => false,
  );
  if (!allowed)
    throw new SetupError('programs are missing, and neither root nor sudo without a password is at hand', hint);
  return run('sudo', ['-n', 'sh', script, ...packages]);
}

/** @type {import('./parts.mjs').Part} */
export const servers = {
  name: 'servers',
  ready: () => missingPackages().length === 0,
  prepare: async () => {
    await install(missingPackages());
    const missing = missingPackages();
    if (missing.length > 0) {
      throw new SetupError(
        `still missing after the installation: ${missing.join(', ')}`,
        `this release of the distribution may be too old: PostgreSQL ${oldestPostgres} or newer is needed`,
      );
    }
  },
  programs: () => ({
    postgresBin: findPostgres()?.bin,
    postgresVersion: findPostgres()?.version,
    redisServer: findProgram('redis-server'),
    redisCli: findProgram('redis-cli'),
    haproxy: findProgram('haproxy'),
    knotd: findProgram('knotd'),
    knotc: findProgram('knotc'),
    ...s3Programs,
  }),
};
