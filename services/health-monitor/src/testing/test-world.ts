import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
import { parseEstate, QueryHealthStatus, type Report } from '@novacron/contracts';
import { startPostgres, type TestPostgres } from '@novacron/drivers/testing';
import { eventsFromNow, type EventsFrom, type SeenEvent, seenEvents } from './seen-events.js';
import { TestProcess } from './test-process.js';
import { verdictLease } from '../verdicts/verdict-keeper.js';

const root = join(import.meta.dirname, '../../../..');
export const vantages = ['alpha', 'beta', 'gamma'] as const;
export type VantageName = (typeof vantages)[number];
export const sites = ['primary', 'secondary', 'dr'] as const;
export type SiteName = (typeof sites)[number];

/** An application that answers 200 to everything, in a process of its own. */
const application = `require('node:http').createServer((_, response) => response.end('well')).listen(Number(process.argv[1]), '127.0.0.1')`;

/**
 * A small estate of real servers: a database at the primary, an application at each site, three vantages as three processes,
 * each with ways of its own to every server and to its witness.
 */
export class TestWorld {
  readonly monitors = new Map<VantageName, TestProcess>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'novacron-health-'));
  private readonly applications = new Map<SiteName, TestProcess>();
  private readonly ports = new Map<SiteName, number>();
  private readonly ways = new Map<string, FaultProxy>();

  private constructor(
    readonly nats: RunningNats,
    readonly postgres: TestPostgres,
    readonly bus: Bus,
  ) {}

  static async start(): Promise<TestWorld> {
    const [nats, postgres] = await Promise.all([startNatsServer(), startPostgres({ name: 'primary' })]);
    const bus = await Bus.connect({
      url: nats.url,
      service: 'test',
      instance: 'test',
      estate: 'novacron',
      logger: silentLogger,
    });
    const world = new TestWorld(nats, postgres, bus);
    return begun(world, () => world.begin());
  }

  private async begin(): Promise<void> {
    for (const site of sites) {
      this.ports.set(site, await freePort());
      await this.startApplication(site);
    }
    const witness = await freePort();
    this.applications.set('witness' as SiteName, await TestProcess.start(['-e', application, String(witness)]));
    for (const vantage of vantages) {
      this.ways.set(`${vantage}/witness`, await FaultProxy.to(witness));
      this.ways.set(`${vantage}/postgres`, await FaultProxy.to(this.postgres.port));
      for (const site of sites) this.ways.set(`${vantage}/${site}`, await FaultProxy.to(this.ports.get(site)!));
      this.writeEstate(vantage);
    }
    await Promise.all(vantages.map((vantage) => this.startMonitor(vantage)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.monitors.values(), ...this.applications.values()].map((child) => child.kill()));
    await this.bus.close();
    await Promise.all([...this.ways.values()].map((way) => way.stop()));
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async startMonitor(vantage: VantageName): Promise<void> {
    const monitor = await this.startService(vantage, vantage);
    this.monitors.set(vantage, monitor);
    await monitor.says('service is ready');
  }

  /** A process of the service with the estate of one vantage, told that it looks from another. */
  startService(estateOf: VantageName, vantage: string): Promise<TestProcess> {
    return TestProcess.start([join(root, 'services/health-monitor/dist/main.js')], {
      DR_ESTATE: join(this.folder, estateOf, 'estate.yaml'),
      DR_NATS_URL: this.nats.url,
      DR_VANTAGE: vantage,
      DR_SERVICE_INSTANCE: vantage,
    });
  }

  /** The vantage that gives the verdicts now. */
  async holder(): Promise<VantageName> {
    return eventually(
      () => {
        const lines = [...this.monitors].map(([name, { output }]) => ({
          name,
          last: output.findLastIndex((line) => line.includes('does the work') && line.includes(verdictLease)),
          lost: output.findLastIndex((line) => line.includes('lease lost')),
        }));
        return lines.find(({ last, lost }) => last > lost)?.name;
      },
      { timeoutMs: 60_000, what: 'a holder of the verdicts' },
    );
  }

  /** Every process of a site, as a machine that loses its power. */
  async kill(site: SiteName): Promise<void> {
    await Promise.all([this.applications.get(site)?.kill(), site === 'primary' ? this.postgres.kill() : undefined]);
  }

  async revive(site: SiteName): Promise<void> {
    await this.startApplication(site);
    if (site === 'primary') await this.postgres.member.start();
  }

  freeze(site: SiteName): void {
    this.applications.get(site)?.freeze();
  }

  thaw(site: SiteName): void {
    this.applications.get(site)?.thaw();
  }

  /** What stands between one vantage and one site, or everything, its witness included. */
  async break(vantage: VantageName, place: SiteName | 'everything', fault: Fault): Promise<void> {
    for (const [way, proxy] of this.ways) {
      const [from, to = ''] = way.split('/');
      const concerned = place === 'everything' || to === place || (place === 'primary' && to === 'postgres');
      // A witness is only asked for a connection, which a proxy that listens cannot withhold.
      if (from === vantage && concerned) await proxy.set(to === 'witness' && fault !== 'pass' ? 'refuse' : fault);
    }
  }

  /** Every way of every vantage as it should be. */
  async mend(): Promise<void> {
    for (const vantage of vantages) await this.break(vantage, 'everything', 'pass');
  }

  async status(): Promise<Readonly<Record<string, { state: string; reason: string }>>> {
    const { report } = await this.bus.request<Report>(new QueryHealthStatus(), { timeoutMs: 2_000 });
    return report['sites'] as Record<string, { state: string; reason: string }>;
  }

  async until(site: SiteName, state: string, timeoutMs = 60_000): Promise<void> {
    await eventually(async () => (await this.status())[site]?.state === state, { timeoutMs, what: `${site} ${state}` });
  }

  events(): Promise<SeenEvent[]> {
    return seenEvents(this.bus);
  }

  eventsFromNow(): Promise<EventsFrom> {
    return eventsFromNow(this.bus);
  }

  private async startApplication(site: SiteName): Promise<void> {
    this.applications.set(site, await TestProcess.start(['-e', application, String(this.ports.get(site))]));
  }

  /** Every monitor killed, and started again with another estate: one more check at each site, and other rules. */
  async restartWithAnotherEstate(): Promise<void> {
    await Promise.all([...this.monitors.values()].map((monitor) => monitor.kill()));
    for (const vantage of vantages) this.writeEstate(vantage, 4);
    await Promise.all(vantages.map((vantage) => this.startMonitor(vantage)));
  }

  /** The lab's estate with quicker rules, and with the addresses as this vantage sees them. */
  private writeEstate(vantage: VantageName, failures = 3): void {
    const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
    if (estate === undefined) throw new Error('the lab’s estate file does not parse');
    const port = (place: string): number => this.ways.get(`${vantage}/${place}`)!.port;
    const http = (site: SiteName, name: string, role: string): object => ({
      name,
      site,
      kind: 'http',
      role,
      url: `http://127.0.0.1:${port(site)}/${name}`,
    });
    const database = estate.databases[0]!;
    Object.assign(database.members[0]!, { port: port('postgres') });
    Object.assign(database.admin, { password: { file: 'password' } });
    const health = {
      // Patient enough for a machine that does other things: what does not answer in time has failed.
      interval: '1500ms',
      timeout: '1400ms',
      fastInterval: '120ms',
      slowAfter: '1300ms',
      vantages: vantages.map((name) => ({ name, witnessHost: '127.0.0.1', witnessPort: port('witness') })),
      // Sites are lost and revived here more often than anywhere else.
      rules: Object.assign(estate.health.rules, { failures, flapping: { news: 1_000, within: '1m', settle: '1s' } }),
      checks: [
        { name: 'postgres', site: 'primary', kind: 'postgres', role: 'database', of: 'novacron' },
        ...sites.flatMap((site) => [http(site, 'api', 'api'), http(site, 'worker', 'workers')]),
        ...(failures === 3 ? [] : sites.map((site) => http(site, 'scheduler', 'workers'))),
      ],
    };
    const folder = join(this.folder, vantage);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'password'), this.postgres.admin.password, { mode: 0o600 });
    writeFileSync(join(folder, 'estate.yaml'), JSON.stringify(Object.assign(estate, { health })));
  }
}
