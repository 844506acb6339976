import { PostgresMember, RedisMember } from '@novacron/drivers';
import type { FailoverTargets } from './failover-targets.js';
import {
  applicationsByHand,
  cachesByHand,
  databasesByHand,
  endpointsByHand,
  namesByHand,
  routeByHand,
} from './by-hand.js';

const perSite = (value: (site: string) => string) => ['primary', 'dr'].map((site) => ({ site, value: value(site) }));
const record = { name: 'app.x.test', type: 'CNAME', ttlSeconds: 30, targets: perSite((site) => `${site}.x.test`) };
const cache = (name: string, port: number) => [name, new RedisMember({ name, host: '10.0.0.1', port })] as const;
const database = (name: string) =>
  [
    name,
    new PostgresMember({ name, host: name, port: 5432, user: 'dr', password: 'secret', database: 'shop' }),
  ] as const;
const balancers = [
  {
    ...{ name: 'router', kind: 'haproxy', runtime: [{ host: '10.0.0.5', port: 9999 }] },
    backends: [{ backend: 'db', servers: perSite((site) => site) }],
  },
];
const targets = {
  balancers,
  databases: [{ settings: { name: 'shop' }, members: new Map([database('primary'), database('dr')]) }],
  caches: [{ name: 'sessions', members: new Map([cache('primary', 6379), cache('dr', 6380)]) }],
  estate: {
    databases: [{ name: 'shop', admin: { user: 'admin' } }],
    caches: [{ name: 'sessions', password: { env: 'REDIS' } }],
    routing: {
      dns: [{ host: '10.0.0.9', port: 53, zone: 'x.test', key: { name: 'mover' }, records: [record] }],
      endpoints: [
        { name: 'pool', command: ['bin/pool', '{site}', "it's a word"] },
        { name: 'mesh', webhook: { url: 'https://mesh/order', token: { file: '/etc/dr/mesh' } } },
      ],
    },
    failover: {
      applications: [
        { site: 'primary', activate: ['bin/app', 'on'], deactivate: ['bin/app', 'off'] },
        { site: 'dr', webhook: { url: 'https://dr/mode', token: { env: 'TOKEN' } } },
      ],
    },
  },
} as unknown as FailoverTargets;
const order = { site: 'dr', epoch: 7, operationId: 'failover-1' };

describe('what a human types in place of a step', () => {
  it('closes the other servers of each backend before it opens the new one', () => {
    expect(routeByHand(targets, 'dr')).toEqual([
      'echo "set server db/primary state maint; set server db/dr state ready" | socat stdio TCP:10.0.0.5:9999',
    ]);
  });

  it('moves every record of a zone in one update, signed with a key that it only names', () => {
    const update = `'update delete app.x.test. CNAME' 'update add app.x.test. 30 CNAME dr.x.test.'`;
    expect(namesByHand(targets, 'dr')).toEqual([
      `printf '%s\\n' 'server 10.0.0.9 53' 'zone x.test' ${update} 'send' | nsupdate -k FILE-OF-KEY-mover`,
    ]);
  });

  it('makes the cache of the site a master, and then the others its replicas', () => {
    expect(cachesByHand(targets, 'dr')).toEqual([
      'redis-cli -h 10.0.0.1 -p 6380 --askpass replicaof no one',
      'redis-cli -h 10.0.0.1 -p 6379 --askpass replicaof 10.0.0.1 6380',
    ]);
  });

  it('gives endpoints and applications the same orders, the old site’s first', () => {
    const head = `-H 'content-type: application/json'`;
    expect(endpointsByHand(targets, order)).toEqual([
      `DR_ENDPOINT=pool DR_SITE=dr DR_EPOCH=7 DR_OPERATION=failover-1 bin/pool dr 'it'\\''s a word'`,
      `curl -X POST -H "authorization: Bearer $(cat /etc/dr/mesh)" ${head} -d '{"action":"endpoint","name":"mesh","site":"dr","epoch":7,"operationId":"failover-1"}' https://mesh/order`,
    ]);
    expect(applicationsByHand(targets, 'primary', order)).toEqual([
      'DR_MODE=standby DR_SITE=primary DR_EPOCH=7 DR_OPERATION=failover-1 bin/app off',
      `curl -X POST -H "authorization: Bearer $TOKEN" ${head} -d '{"action":"mode","site":"dr","mode":"active","epoch":7,"operationId":"failover-1"}' https://dr/mode`,
    ]);
  });

  it('asks one database server, or all, and never says a password', () => {
    expect(databasesByHand(targets, 'checkpoint', 'dr')).toEqual([
      `psql -h dr -p 5432 -U admin -d shop -c 'checkpoint'`,
    ]);
    expect(databasesByHand(targets, 'select 1')).toHaveLength(2);
    expect(JSON.stringify(databasesByHand(targets, 'select 1'))).not.toContain('secret');
  });
});
