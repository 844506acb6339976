import {
  Database,
  type Endpoint,
  type Estate,
  type LoadBalancer,
  type ReplicationLink,
  ReplicationLogin,
  type SiteApplications,
} from '@novacron/contracts';
import {
  type EstateContext,
  followingBackends,
  followingRecords,
  RedisMember,
  requireProgram,
} from '@novacron/drivers';
import {
  type HaproxyServer,
  type KnotServer,
  type RedisServer,
  startHaproxy,
  startKnot,
  startPostgres,
  startRedis,
  startStandbyOf,
  type TestPostgres,
} from '@novacron/drivers/testing';
import { type CacheTarget, FailoverTargets } from '../adapters/failover-targets.js';

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

export interface TestEstateOptions {
  /** The agent of the primary's and the secondary's applications, and of a connection pool. */
  readonly applicationsUrl?: string;
  /** Redis servers of the primary and the secondary, one following the other. */
  readonly caches?: boolean;
  /** A second database `orders`, on servers of its own and behind a router of its own. */
  readonly orders?: boolean;
  /** Where customers' requests come in. */
  readonly frontDoorUrl?: string;
}

export async function startTestEstate(
  mode: ReplicationLink['mode'],
  options: TestEstateOptions = {},
): Promise<TestEstate> {
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
      endpoints: endpointsAt(options.applicationsUrl),
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
          httpUrl: options.frontDoorUrl,
          backends: [{ backend: 'db', servers: perSite((site) => site) }],
        },
      ],
    },
    health: { interval: '1s', timeout: '800ms' },
    failover: {
      handoverKey: { env: 'HANDOVER' },
      fences: [],
      fenceRequired: 'L1',
      order: sites,
      applications: applicationsAt(options.applicationsUrl),
    },
  } as unknown as Estate;
  const context: EstateContext = { folder: '/', secret: () => Promise.resolve(key.secretBase64) };
  const [settings] = estate.databases;
  if (settings === undefined) throw new Error('the test estate has a database');
  const members = new Map(servers.map((server) => [server.name, server.member]));
  const orders = options.orders === true ? await startOrders(settings) : undefined;
  if (orders !== undefined) {
    estate.databases.push(orders.target.settings);
    estate.routing.loadBalancers.push(orders.balancer);
  }
  const caches = options.caches === true ? await startCaches() : undefined;
  const backends = followingBackends(estate.routing.loadBalancers);
  const records = await followingRecords(estate.routing.dns, context);
  return {
    targets: new FailoverTargets(
      ...([estate, context, [{ settings, members }, ...(orders === undefined ? [] : [orders.target])]] as const),
      ...([caches === undefined ? [] : [caches.target], backends, records] as const),
    ),
    ...{ primary, secondary, dr, router, names },
    stop: async () => {
      await Promise.all(
        [...servers, router, names, ...(caches?.servers ?? []), ...(orders?.servers ?? [])].map((server) =>
          server.stop(),
        ),
      );
    },
  };
}

async function startOrders(like: Database) {
  const primary = await startPostgres({ name: 'primary', database: 'orders' });
  const secondary = await startStandbyOf(primary, { name: 'secondary' });
  await primary.member.setSynchronousStandbys(['secondary']);
  const servers = [primary, secondary];
  const router = await startHaproxy(
    requireProgram('haproxy'),
    Object.fromEntries(servers.map(({ name, port }) => [name, port])),
  );
  const replication = Object.assign(new ReplicationLogin(), like.replication, {
    passfile: primary.source('secondary').passfile,
  });
  const settings = Object.assign(new Database(), like, {
    ...{ name: 'orders', database: 'orders', links: like.links.slice(0, 1), replication },
    members: servers.map(({ name, port }) => ({ site: name, host: '127.0.0.1', port })),
  });
  const balancer: LoadBalancer = {
    ...{ name: 'orders-router', kind: 'haproxy', runtime: [router.runtime], databases: ['orders'] },
    ...{ postgresHost: '127.0.0.1', postgresPort: router.port },
    backends: [{ backend: 'db', servers: servers.map(({ name }) => ({ site: name, value: name })) }],
  };
  const members = new Map(servers.map(({ name, member }) => [name, member]));
  return { target: { settings, members }, balancer, servers: [...servers, router] };
}

function endpointsAt(url: string | undefined): Endpoint[] {
  return url === undefined ? [] : [{ name: 'pool', webhook: { url } }];
}

function applicationsAt(url: string | undefined): SiteApplications[] {
  return url === undefined ? [] : ['primary', 'secondary'].map((site) => ({ site, webhook: { url } }));
}

async function startCaches(): Promise<{ readonly target: CacheTarget; readonly servers: readonly RedisServer[] }> {
  const program = requireProgram('redisServer');
  const [first, second] = await Promise.all([startRedis(program), startRedis(program)]);
  const named = (server: RedisServer, name: string) => new RedisMember({ ...server.member.options, name });
  const members = new Map([
    ['primary', named(first, 'primary')],
    ['secondary', named(second, 'secondary')],
  ]);
  await second.member.follow('127.0.0.1', first.port);
  return { target: { name: 'sessions', members }, servers: [first, second] };
}
