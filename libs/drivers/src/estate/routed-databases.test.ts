import type { Database, LoadBalancer } from '@novacron/contracts';
import { PostgresMember } from '../postgres/postgres-member.js';
import { databasesBehind, routedDatabases, unroutedDatabases } from './routed-databases.js';

const database = (name: string, port: number): Database =>
  ({
    name,
    database: `db_${name}`,
    members: ['primary', 'secondary'].map((site) => ({ site, host: `${site}.test`, port })),
    links: [],
  }) as unknown as Database;
const balancer = (more: Partial<LoadBalancer> = {}): LoadBalancer =>
  ({
    name: 'lb',
    kind: 'haproxy',
    runtime: [],
    backends: [],
    postgresHost: 'lb.test',
    postgresPort: 6000,
    ...more,
  }) as LoadBalancer;

const [main, beside, apart] = [database('main', 5432), database('beside', 5432), database('apart', 5433)];
const all = [main, beside, apart];

describe('the databases behind a load balancer', () => {
  it.each<[string, LoadBalancer, string[]]>([
    ['those on the servers of the first, where none is named', balancer(), ['main', 'beside']],
    ['those that are named', balancer({ databases: ['apart'] }), ['apart']],
    ['none, where it has no door for databases', balancer({ postgresPort: undefined as never }), []],
  ])('are %s', (_what, given, expected) => {
    expect(databasesBehind(given, all)).toEqual(expected);
  });

  it('are reached each with its own name and login, through each of their load balancers', () => {
    const members = (each: Database) =>
      new Map([
        [
          'primary',
          new PostgresMember({
            name: 'primary',
            host: 'primary.test',
            port: 1,
            user: `u_${each.name}`,
            password: '',
            database: each.database,
          }),
        ],
      ]);
    const routed = routedDatabases(
      [balancer(), balancer({ name: 'other', postgresPort: 6001, databases: ['apart', 'main'] })],
      all.map((settings) => ({ settings, members: members(settings) })),
    );
    expect(
      routed.map(
        ({ member }) => `${member.name}: ${member.options.user} ${member.options.database} ${member.options.port}`,
      ),
    ).toEqual([
      'lb main: u_main db_main 6000',
      'lb beside: u_beside db_beside 6000',
      'other main: u_main db_main 6001',
      'other apart: u_apart db_apart 6001',
    ]);
  });

  it('names those that nobody reaches', () => {
    expect(unroutedDatabases([balancer()], all)).toEqual(['apart']);
    expect(unroutedDatabases([], all)).toEqual(['main', 'beside', 'apart']);
  });
});
