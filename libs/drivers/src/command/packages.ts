/** Which Debian package brings a program, for hints. */
const packages: Readonly<Record<string, string>> = {
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  haproxy: 'haproxy',
  knotd: 'knot',
  pgbouncer: 'pgbouncer',
  'nats-server': 'nats-server',
  tar: 'tar',
  setpriv: 'util-linux',
};

const postgresPrograms = /^(postgres|initdb|psql|pg_\w+)$/;

export function packageHint(program: string): string {
  const name = packages[program] ?? (postgresPrograms.test(program) ? 'postgresql' : undefined);
  return name === undefined ? `install ${program}, or give its path` : `install the package ${name}`;
}
