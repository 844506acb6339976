import { type Estate, type ReplicationLink } from '@novacron/contracts';
import { type EstateContext, followingBackends, followingRecords } from '@novacron/drivers';
import {
  type HaproxyServer,
  type KnotServer,
  startHaproxy,
  startKnot,
  startPostgres,
  startStandbyOf,
  type TestPostgres,
} from '@novacron/drivers/testing';
import { requireProgram } from '@novacron/drivers';
import { FailoverTargets } from '../adapters/failover-targets.js';

/** Three real databases in a chain, a real router and a real name server, as an estate that can be failed over. */
export interface TestEstate {
  readonly targets: FailoverTargets;
  readonly primary: TestPostgres;
  readonly secondary: TestPostgres;
  readonly dr: TestPostgres;
  readonly router: HaproxyServer;
  readonly names: KnotServer;
  stop(): Promise<void>;
}

export async function startTestEstate(mode: ReplicationLink['mode']): Promise<TestEstate> {
  const primary = await startPostgres({ name: 'primary' });
  const secondary = await startStandbyOf(primary, { name: 'secondary' });
  const dr = await startStandbyOf(secondary, { name: 'dr' });
  if (mode === 'synchronous') await primary.member.setSynchronousStandbys(['secondary']);
  const servers = [primary, secondary, dr];
  const router = await startHaproxy(
    requireProgram('haproxy'),
    Object.fromEntries(servers.map(({ name, port }) => [name, port])),
  );
  const names = await startKnot(requireProgram('knotd'), 'novacron.test', [
    ...servers.map(({ name }) => `${name} A 127.0.0.1`),
    'app CNAME primary',
  ]);
  const sites = servers.map(({ name }) => name);
  const perSite = (value: (site: string) => string) => sites.map((site) => ({ site, value: value(site) }));
  const { zone, host, port, key } = names.options;
  const estate = {
    estate: 'novacron',
    databases: [
      {
        name: 'novacron',
        database: primary.database,
        replication: { user: primary.replication.user, passfile: primary.source('secondary').passfile },
        members: servers.map(({ name, port: memberPort }) => ({ site: name, host: '127.0.0.1', port: memberPort })),
        links: [
          { from: 'primary', to: 'secondary', mode },
          { from: 'secondary', to: 'dr', mode: 'asynchronous' },
        ],
      },
    ],
    routing: {
      dns: [
        {
          name: 'zone',
          ...{ zone, host, port },
          key: { name: key.name, algorithm: key.algorithm, secret: { env: 'TSIG' } },
          records: [
            {
              name: 'app.novacron.test',
              type: 'CNAME',
              ttlSeconds: 5,
              targets: perSite((site) => `${site}.novacron.test`),
            },
          ],
        },
      ],
      loadBalancers: [
        {
          name: 'router',
          kind: 'haproxy',
          runtime: [router.runtime],
          postgresHost: '127.0.0.1',
          postgresPort: router.port,
          backends: [{ backend: 'db', servers: perSite((site) => site) }],
        },
      ],
    },
    failover: { fences: [], fenceRequired: 'L1', order: sites },
  } as unknown as Estate;
  const context: EstateContext = { folder: '/', secret: () => Promise.resolve(key.secretBase64) };
  const [settings] = estate.databases;
  if (settings === undefined) throw new Error('the test estate has a database');
  const members = new Map(servers.map((server) => [server.name, server.member]));
  const backends = followingBackends(estate.routing.loadBalancers);
  const records = await followingRecords(estate.routing.dns, context);
  return {
    targets: new FailoverTargets(estate, context, [{ settings, members }], [], backends, records),
    ...{ primary, secondary, dr, router, names },
    stop: async () => {
      await Promise.all([...servers, router, names].map((server) => server.stop()));
    },
  };
}
