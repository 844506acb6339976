import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus, silentLogger } from '@novacron/bus';
import { eventually, freePort, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { Observation, parseEstate, SteadyObservations, steadyToken } from '@novacron/contracts';
import { TestProcess } from './test-process.js';

const root = join(import.meta.dirname, '../../../..');
export const intervalMs = 2_000;
export const wellChecks = 48;
export const deadChecks = 12;

/** Several processes of one vantage, a server that notes who is looked at when, and ports where nobody listens. */
export class ReplicaWorld {
  /** When each check's target was asked, by its name. */
  readonly looks = new Map<string, number[]>();
  /** The counts of failures that were said of each dead check, in their order. */
  readonly counts = new Map<string, number[]>();
  readonly replicas = new Map<string, TestProcess>();
  /** While it is set, the target of the checks `other-…` takes their requests and answers none. */
  hangs = false;
  private otherChecks = 0;

  private constructor(
    private readonly folder: string,
    private readonly server: Server,
    readonly nats: RunningNats,
    readonly bus: Bus,
  ) {}

  /** With so many checks besides, whose target can hang. */
  static async start({ otherChecks = 0 } = {}): Promise<ReplicaWorld> {
    const nats = await startNatsServer();
    const settings = { url: nats.url, service: 'test', instance: 'test', estate: 'novacron', logger: silentLogger };
    const bus = await Bus.connect(settings);
    const server = createServer();
    const world = new ReplicaWorld(mkdtempSync(join(tmpdir(), 'novacron-replicas-')), server, nats, bus);
    server.on('request', (request, response) => {
      const name = (request.url ?? '').slice(1);
      if (name.startsWith('other-') && world.hangs) return;
      world.looks.set(name, [...(world.looks.get(name) ?? []), performance.now()]);
      response.setHeader('connection', 'close').end('well');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const note = (check: string, count: number): void => {
      if (check.startsWith('dead')) world.counts.set(check, [...(world.counts.get(check) ?? []), count]);
    };
    bus.subscribeObservations(Observation, ({ check, consecutiveFailures }) => note(check, consecutiveFailures));
    bus.subscribeObservations(
      SteadyObservations,
      ({ samples }) => samples.forEach(({ check, consecutiveFailures }) => note(check, consecutiveFailures)),
      { check: steadyToken },
    );
    world.otherChecks = otherChecks;
    world.writeEstate((server.address() as AddressInfo).port, await freePort());
    return world;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.replicas.values()].map((replica) => replica.kill()));
    await this.bus.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.nats.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async startReplica(name: string): Promise<void> {
    const replica = await TestProcess.start([join(root, 'services/health-monitor/dist/main.js')], {
      DR_ESTATE: join(this.folder, 'estate.yaml'),
      DR_NATS_URL: this.nats.url,
      DR_VANTAGE: 'alpha',
      // The same for all, as where nobody thought of it: they must not take each other for themselves.
      DR_SERVICE_INSTANCE: 'monitor',
    });
    this.replicas.set(name, replica);
    await replica.says('service is ready');
  }

  get checks(): number {
    return wellChecks + deadChecks + this.otherChecks;
  }

  /** Once the named processes, and nobody else, share all checks: how many each has. */
  async shared(names: readonly string[]): Promise<number[]> {
    const shares = (): number[] | undefined => {
      const last = names.map((name) => lastShare(this.replicas.get(name)?.output ?? []));
      const here = last.map((share) => (share?.sharers === names.length ? share.here : Number.NaN));
      return here.reduce((sum, each) => sum + each, 0) === this.checks ? here : undefined;
    };
    return eventually(shares, { timeoutMs: 60_000, what: `checks shared by ${names.join(' and ')}` });
  }

  /** How often each check that is well was looked at since then. */
  looksSince(sinceMs: number): number[] {
    return Array.from(
      { length: wellChecks },
      (_, i) => (this.looks.get(`well-${i}`) ?? []).filter((at) => at >= sinceMs).length,
    );
  }

  /** The longest and the shortest time between two looks at the same check that is well, of those that ended since then. */
  gapsSince(sinceMs: number): { readonly longestMs: number; readonly shortestMs: number } {
    const gaps = Array.from({ length: wellChecks }, (_, i) => this.looks.get(`well-${i}`) ?? []).flatMap((all) =>
      all.flatMap((at, index) => (index === 0 || at < sinceMs ? [] : [at - (all[index - 1] ?? at)])),
    );
    return { longestMs: Math.max(...gaps), shortestMs: Math.min(...gaps) };
  }

  private writeEstate(port: number, deadPort: number): void {
    const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
    if (estate === undefined) throw new Error('the lab’s estate file does not parse');
    const site = 'primary';
    const health = {
      interval: `${intervalMs}ms`,
      timeout: '1500ms',
      fastInterval: '500ms',
      slowAfter: '1500ms',
      vantages: ['alpha', 'beta', 'gamma'].map((name) => ({ name })),
      rules: estate.health.rules,
      checks: [
        ...Array.from({ length: wellChecks }, (_, i) => ({
          name: `well-${i}`,
          site,
          kind: 'http',
          role: 'api',
          url: `http://127.0.0.1:${port}/well-${i}`,
        })),
        ...Array.from({ length: this.otherChecks }, (_, i) => ({
          name: `other-${i}`,
          site: 'secondary',
          kind: 'http',
          role: 'cache',
          url: `http://127.0.0.1:${port}/other-${i}`,
        })),
        ...Array.from({ length: deadChecks }, (_, i) => ({
          name: `dead-${i}`,
          site,
          kind: 'tcp',
          role: 'cache',
          host: '127.0.0.1',
          port: deadPort,
        })),
      ],
    };
    writeFileSync(join(this.folder, 'estate.yaml'), JSON.stringify(Object.assign(estate, { health })));
  }
}

function lastShare(lines: readonly string[]): { readonly sharers: number; readonly here: number } | undefined {
  const line = lines.findLast((each) => each.includes('checks shared'));
  return line === undefined ? undefined : (JSON.parse(line) as { sharers: number; here: number });
}
