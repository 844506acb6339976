import 'reflect-metadata';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Injectable, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { Bus, Leases } from '@novacron/bus';
import { eventually, freePort, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { type Delivered, QueryFailoverStatus, Report, SiteLost } from '@novacron/contracts';
import { IsIn } from 'class-validator';
import { ServiceConfig } from '../config/service-config.js';
import { LoadedEstate } from '../estate/loaded-estate.js';
import { JsonLogger } from '../logging/json-logger.js';
import { type RunningService, startService } from './start-service.js';

const estateFile = join(import.meta.dirname, '../../../../lab/estate.yaml');

class TestConfig extends ServiceConfig {
  @IsIn(['red', 'blue'])
  colour!: string;
}

/** What the service under test has seen, in order. */
const seen: string[] = [];
let release: () => void = () => {};

@Injectable()
class Worker implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly leases: Leases,
    private readonly config: TestConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const lease = await this.leases.acquire('test.work', this.config.serviceInstance);
    seen.push(`bootstrap ${this.config.colour} ${typeof lease.token}`);
    await lease.release();
  }

  onModuleDestroy(): void {
    seen.push('destroyed');
  }
}

@Controller()
class Handlers {
  constructor(
    private readonly estate: LoadedEstate,
    private readonly logger: JsonLogger,
  ) {}

  @MessagePattern(QueryFailoverStatus)
  status(): Report {
    this.logger.info('asked');
    return new Report({ at: '2026-11-23T04:00:00Z', report: { sites: this.estate.estate.sites.length } });
  }

  @EventPattern(SiteLost)
  async onSiteLost(event: Delivered<SiteLost>): Promise<void> {
    seen.push(`began ${event.data.site}`);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    seen.push(`finished ${event.data.site}`);
  }

  @Get()
  page(): string {
    return '<p>hello</p>';
  }
}

@Module({ controllers: [Handlers], providers: [Worker] })
class TestModule {}

const siteLost = (site: string): SiteLost =>
  new SiteLost({
    site,
    episode: 1,
    since: '2026-11-23T04:00:00Z',
    reason: 'test',
    evidence: [],
    failedChecks: ['postgres'],
    vantagesAgreeing: 3,
    vantagesSeeing: 3,
    confidence: 1,
  });

describe('a service', () => {
  let nats: RunningNats;
  let folder: string;
  let service: RunningService;
  let other: Bus;
  const lines: string[] = [];
  const logger = new JsonLogger({ write: (line) => lines.push(line) });

  const environment = (): Record<string, string> => ({
    DR_ESTATE: estateFile,
    DR_NATS_URL: nats.url,
    DR_COLOUR: 'red',
    DR_HTTP_PORT_FILE: join(folder, 'port'),
    DR_SERVICE_INSTANCE: 'one',
  });
  const start = (more: Record<string, string> = {}): Promise<RunningService> =>
    startService({
      name: 'failover',
      module: TestModule,
      config: TestConfig,
      environment: { ...environment(), ...more },
      logger,
    });

  beforeAll(async () => {
    nats = await startNatsServer();
    folder = await mkdtemp(join(tmpdir(), 'service-'));
  });

  beforeEach(async () => {
    seen.length = 0;
    service = await start();
    other = await Bus.connect({
      url: nats.url,
      service: 'health-monitor',
      instance: 'test',
      estate: 'novacron',
      logger,
    });
  });

  afterEach(async () => {
    release();
    await service.stop();
    await other.close();
  });

  afterAll(async () => {
    await nats?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has started its work before it is ready, answers queries, and says so over HTTP', async () => {
    expect(seen).toEqual(['bootstrap red number']);
    const reply = await other.request<Report>(new QueryFailoverStatus(), { correlationId: 'incident-9' });
    expect(reply.report).toEqual({ sites: 4 });
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ message: 'asked', correlation: 'incident-9' }),
    );
    const port = Number(await readFile(join(folder, 'port'), 'utf8'));
    expect(service.url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(`${service.url}/health/live`)).json()).toEqual({ status: 'alive' });
    const ready = await fetch(`${service.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', checks: [{ name: 'bus', ready: true }] },
    ]);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/dr_service_info\{instance="one",estate_hash="[0-9a-f]{64}",service="failover"\} 1/u);
    expect(await (await fetch(service.url)).text()).toBe('<p>hello</p>');
  });

  it('finishes what it holds when asked to stop, before its parts are taken down', async () => {
    await other.publish(siteLost('primary'));
    await eventually(() => seen.includes('began primary'));
    const stopped = service.stop('SIGTERM');
    await eventually(async () => (await fetch(`${service.url}/health/ready`)).status === 503);
    expect(seen).not.toContain('finished primary');
    release();
    await stopped;
    expect(seen.slice(1)).toEqual(['began primary', 'finished primary', 'destroyed']);
    expect(service.bus.connection.isClosed()).toBe(true);
  });

  it('is not ready while NATS is away, stays alive, and is ready again by itself', async () => {
    await nats.kill();
    await eventually(async () => (await fetch(`${service.url}/health/ready`)).status === 503, { timeoutMs: 15_000 });
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    await nats.restart();
    await eventually(async () => (await fetch(`${service.url}/health/ready`)).status === 200, { timeoutMs: 15_000 });
    await eventually(() => other.connected);
    const reply = await other.request<Report>(new QueryFailoverStatus());
    expect(reply.report).toEqual({ sites: 4 });
  });

  it('has its port open before there is a bus, where it may wait for one, and answers what it can', async () => {
    await nats.kill();
    const port = await freePort();
    const waiting = startService({
      name: 'failover',
      module: TestModule,
      config: TestConfig,
      environment: { ...environment(), DR_HTTP_PORT: String(port), DR_SERVICE_INSTANCE: 'two' },
      logger,
      meanwhile: (estate) => (request, response) => response.end(`${estate.name} ${request.url}`),
    });
    const ask = async (path: string): Promise<string> => {
      const reply = await fetch(`http://127.0.0.1:${port}${path}`);
      return `${reply.status} ${await reply.text()}`;
    };
    await eventually(async () => (await ask('/health/live').catch(() => '')) === '200 {"status":"alive"}');
    expect(await ask('/health/ready')).toMatch(/^503 .*waiting for NATS/u);
    expect(await ask('/page')).toBe('200 novacron /page');
    await nats.restart();
    const second = await waiting;
    expect([second.url, await ask('/')]).toEqual([`http://127.0.0.1:${port}`, '200 <p>hello</p>']);
    await second.stop();
    await expect(ask('/')).rejects.toThrow('fetch failed');
    await eventually(() => other.connected && service.bus.connected, { timeoutMs: 15_000 });
  });

  it('names a port that is taken, and leaves the bus', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await eventually(() => holder.listening);
    const { port } = holder.address() as AddressInfo;
    await expect(start({ DR_HTTP_PORT: String(port) })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    holder.close();
  });

  it('names what is wrong with its configuration before it connects anywhere', async () => {
    await expect(start({ DR_COLOUR: 'green' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      details: [{ path: 'DR_COLOUR' }],
    });
  });
});
