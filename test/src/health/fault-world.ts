import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bus, silentLogger } from '@novacron/bus';
import {
  begun,
  eventually,
  type Fault,
  FaultProxy,
  freePort,
  type RunningNats,
  startNatsServer,
} from '@novacron/bus/testing';
import { type Check, parseEstate, QueryHealthStatus, type Report } from '@novacron/contracts';
import { DnsZone, requireProgram } from '@novacron/drivers';
import {
  type KnotServer,
  startKnot,
  startPostgres,
  temporaryFolder,
  type TestPostgres,
} from '@novacron/drivers/testing';
import { type S3Site, type S3SiteOptions, startS3Site } from '@novacron/lab';
import { Redis } from 'ioredis';
import { Server } from './server.js';

const root = join(import.meta.dirname, '../../..');
const host = '127.0.0.1';
const slowMs = 2_800;
const redisPassword = 'redis-test-password';
const s3Key = { accessKeyId: 'canary', secretAccessKey: 's3-test-secret' };

/** An application that is told by its own page `/mode/<mode>` how to misbehave. */
const application = `let mode = 'well';
require('node:http').createServer((request, response) => {
  if (request.url.startsWith('/mode/')) { mode = request.url.slice(6); return response.end(); }
  if (mode === 'broken') response.statusCode = 500;
  response.end(JSON.stringify({ status: mode === 'wrong' ? 'down' : 'up',
    heartbeatAgeMs: mode === 'wrong' ? 9e6 : 10, queueAgeMs: mode === 'stuck' ? 9e6 : 10 }));
}).listen(Number(process.argv[1]), '${host}')`;

/** How this vantage sees a check: what it holds of it, and what it last found. */
export interface Seen {
  readonly opinion: string;
  readonly state: string;
  readonly problem?: string;
}

/**
 * A real server of every kind, and the health monitor as a process that looks at each twice: at the site `primary` directly, at
 * `secondary` by a way of its own through which the faults of a network come.
 */
export class FaultWorld {
  private readonly folder = temporaryFolder('health-faults');
  private readonly closing: (() => Promise<unknown>)[] = [];
  private readonly ways = new Map<'postgres' | 'redis' | 'app' | 'storage', FaultProxy>();
  nats!: RunningNats;
  bus!: Bus;
  postgres!: TestPostgres;
  redis!: Server;
  redisPort = 0;
  app!: Server;
  appPort = 0;
  knot!: KnotServer;
  /** The DNS server once it was started anew. */
  private dns: Server | undefined;
  storage!: S3Site;
  private storageOptions!: S3SiteOptions;
  monitor!: Server;

  static start(): Promise<FaultWorld> {
    const world = new FaultWorld();
    return begun(world, () => world.begin());
  }

  private async begin(): Promise<void> {
    this.nats = await startNatsServer();
    this.closing.push(() => this.nats.stop());
    const settings = { url: this.nats.url, service: 'test', instance: 'test', estate: 'novacron' };
    this.bus = await Bus.connect({ ...settings, logger: silentLogger });
    this.closing.push(() => this.bus.close());
    this.postgres = await startPostgres({ name: 'primary' });
    this.closing.push(() => this.postgres.stop());
    [this.redisPort, this.appPort] = [await freePort(), await freePort()];
    this.redis = await new Server(requireProgram('redisServer'), [
      ...['--port', String(this.redisPort), '--bind', host, '--dir', this.folder.path],
      ...['--requirepass', redisPassword, '--save', ''],
    ]).start();
    this.app = await new Server(process.execPath, ['-e', application, String(this.appPort)]).start();
    this.closing.push(
      () => this.redis.kill(),
      () => this.app.kill(),
    );
    this.knot = await startKnot(requireProgram('knotd'), 'example.org', ['app A 192.0.2.7']);
    this.closing.push(async () => {
      await this.dns?.kill();
      await this.knot.stop();
    });
    const { s3Python } = JSON.parse(readFileSync(process.env['DR_PROGRAMS'] ?? this.recorded(), 'utf8')) as {
      s3Python: string;
    };
    this.storageOptions = {
      site: 'primary',
      dataDir: join(this.folder.path, 's3'),
      port: await freePort(),
      ...s3Key,
      bucket: 'canary',
      programs: { s3Python },
      logFile: join(this.folder.path, 's3.log'),
    };
    this.storage = await startS3Site(this.storageOptions);
    this.closing.push(() => this.storage.stop());
    const targets = { postgres: this.postgres.port, redis: this.redisPort, app: this.appPort } as const;
    for (const [name, port] of Object.entries({ ...targets, storage: this.storageOptions.port })) {
      const way = await FaultProxy.to(port, slowMs);
      this.ways.set(name as 'app', way);
      this.closing.push(() => way.stop());
    }
    this.writeEstate();
    this.monitor = await new Server(process.execPath, [join(root, 'services/health-monitor/dist/main.js')], {
      DR_ESTATE: join(this.folder.path, 'estate.yaml'),
      DR_NATS_URL: this.nats.url,
      DR_VANTAGE: 'alpha',
      DR_SERVICE_INSTANCE: 'alpha',
    }).start();
    this.closing.push(() => this.monitor.kill());
  }

  async stop(): Promise<void> {
    for (const close of this.closing.splice(0).toReversed()) await close();
    this.folder.remove();
  }

  /** What the monitor says of a check, as this vantage sees it. */
  async seen(site: string, check: string): Promise<Seen> {
    const { report } = await this.bus.request<Report>(new QueryHealthStatus({ site, check }), { timeoutMs: 5_000 });
    type Sites = Record<string, { checks: Record<string, { vantages: Record<string, Seen> }> }>;
    const found = (report['sites'] as Sites)[site]?.checks[check]?.vantages['alpha'];
    if (found === undefined) throw new Error(`nothing is said of ${check} of ${site}`);
    return found;
  }

  /** Once the vantage has settled on a state for a check and its last look shows it too, and why. */
  async until(site: string, check: string, state: string, evidence = /^/u): Promise<Seen> {
    let last: Seen | undefined;
    try {
      return await eventually(
        async () => {
          last = await this.seen(site, check);
          return last.opinion === state && last.state === state && evidence.test(last.problem ?? '') ? last : undefined;
        },
        { timeoutMs: 90_000, pauseMs: 100 },
      );
    } catch {
      throw new Error(
        `${check} of ${site} is never ${state} with ${evidence.source}: ${JSON.stringify(last)}\n${this.monitor.output.slice(-500)}`,
      );
    }
  }

  /** Once a look at a check shows a state, and why, whatever the vantage holds of it. */
  async looks(site: string, check: string, state: string, evidence: RegExp): Promise<void> {
    await eventually(
      async () => {
        const seen = await this.seen(site, check);
        return seen.state === state && evidence.test(seen.problem ?? '');
      },
      { timeoutMs: 90_000, pauseMs: 100, what: `a look at ${check} of ${site} that is ${state}` },
    );
  }

  async mode(mode: 'well' | 'broken' | 'wrong' | 'stuck'): Promise<void> {
    await eventually(async () => (await fetch(`http://${host}:${this.appPort}/mode/${mode}`)).ok, {
      timeoutMs: 30_000,
    });
  }

  /** The address that DNS gives for the application. */
  async answer(value: string): Promise<void> {
    const zone = new DnsZone(this.knot.options);
    await zone.replace({
      name: 'app.example.org',
      type: 'A',
      from: (await zone.read('app.example.org', 'A'))[0],
      to: value,
      ttlSeconds: 5,
    });
  }

  async killDns(): Promise<void> {
    if (this.dns === undefined) this.knot.kill();
    else await this.dns.kill();
  }

  async reviveDns(): Promise<void> {
    this.dns = await new Server(requireProgram('knotd'), ['-c', join(this.knot.dir, 'knot.conf')]).start();
  }

  signalDns(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.dns === undefined) this.knot.kill(signal);
    else this.dns.signal(signal);
  }

  async killStorage(): Promise<void> {
    process.kill(this.storage.pid, 'SIGKILL');
    await this.storage.exited;
  }

  async reviveStorage(): Promise<void> {
    this.storage = await startS3Site(this.storageOptions);
  }

  /** The key that the monitor signs with; it is read again for each look. */
  storageSecret(secret: string): void {
    writeFileSync(join(this.folder.path, 's3-secret'), secret, { mode: 0o600 });
  }

  /** Makes of the master a replica of a server that is not there, or the master again. */
  async redisRole(role: 'master' | 'replica'): Promise<void> {
    const client = new Redis({ host, port: this.redisPort, password: redisPassword });
    try {
      await (role === 'master' ? client.replicaof('NO', 'ONE') : client.replicaof(host, 1));
    } finally {
      client.disconnect();
    }
  }

  /** A fault of the network on every way to the secondary site, for connections that stand too. */
  async faultWays(fault: Fault): Promise<void> {
    for (const way of this.ways.values()) {
      await way.set(fault);
      way.breakOff();
    }
  }

  /** The lab's estate with these servers: each site's by its own way. */
  private writeEstate(): void {
    const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
    if (estate === undefined) throw new Error('the lab’s estate file does not parse');
    const { path } = this.folder;
    const way = (name: 'postgres' | 'redis' | 'app' | 'storage'): number => this.ways.get(name)!.port;
    const [database, cache] = [estate.databases[0]!, estate.caches![0]!];
    Object.assign(database.members[0]!, { port: this.postgres.port });
    Object.assign(database.members[1]!, { port: way('postgres') });
    Object.assign(database.admin, { password: { file: 'postgres-password' } });
    Object.assign(cache.members[0]!, { port: this.redisPort });
    Object.assign(cache.members[1]!, { port: way('redis') });
    Object.assign(cache, { password: { file: 'redis-password' } });
    for (const [store, port] of [
      [estate.repository.stores[0]!, this.storageOptions.port],
      [estate.repository.stores[1]!, way('storage')],
    ] as const)
      Object.assign(store, {
        endpoint: `http://${host}:${port}`,
        bucket: this.storageOptions.bucket,
        accessKeyId: { file: 's3-key' },
        secretAccessKey: { file: 's3-secret' },
      });
    mkdirSync(path, { recursive: true });
    const secrets = {
      'postgres-password': this.postgres.admin.password,
      'redis-password': redisPassword,
      's3-key': s3Key.accessKeyId,
      's3-secret': s3Key.secretAccessKey,
    };
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(path, name), value, { mode: 0o600 });
    const checks = [
      ...checksOf('primary', this.appPort, 'primary'),
      ...checksOf('secondary', way('app'), 'dr'),
      {
        name: 'dns',
        site: 'primary',
        kind: 'dns',
        role: 'network',
        resolvers: [{ host, port: this.knot.options.port }],
        record: 'app.example.org',
        expectAnswers: ['192.0.2.7'],
      },
      { name: 'unresolved', site: 'primary', kind: 'http', role: 'api', url: 'http://app.nowhere.invalid/' },
    ];
    const health = {
      ...{ interval: '5s', timeout: '4800ms', fastInterval: '300ms', slowAfter: '2500ms' },
      vantages: ['alpha', 'beta', 'gamma'].map((name) => ({ name })),
      // All of them are vital, so that the first failure lets every other check be looked at too.
      rules: {
        failures: 2,
        recoveries: 2,
        siteLostWhen: ['database', 'api', 'workers', 'cache', 'storage', 'network'],
      },
      checks,
    };
    writeFileSync(join(path, 'estate.yaml'), JSON.stringify(Object.assign(estate, { health })));
  }

  private recorded(): string {
    return join(root, '.lab/setup/programs.json');
  }
}

function checksOf(site: string, appPort: number, store: string): Partial<Check>[] {
  const url = `http://${host}:${appPort}/health`;
  return [
    { name: 'postgres', site, kind: 'postgres', role: 'database', of: 'novacron', expectRole: 'primary' },
    { name: 'canary', site, kind: 'postgres-canary', role: 'database', of: 'novacron', expectRole: 'primary' },
    { name: 'sql', site, kind: 'sql', role: 'database', of: 'novacron', sql: 'select count(*) > 0 from pg_database' },
    { name: 'redis', site, kind: 'redis', role: 'cache', of: 'sessions', expectRole: 'primary' },
    { name: 'api', site, kind: 'http', role: 'api', url, expectJson: { pointer: '/status', equals: 'up' } },
    { name: 'tcp', site, kind: 'tcp', role: 'api', host, port: appPort },
    { name: 'worker', site, kind: 'workers', role: 'workers', url, maxHeartbeatAge: '1m', maxQueueAge: '1m' },
    { name: 'storage', site, kind: 's3-canary', role: 'storage', of: store },
  ];
}
