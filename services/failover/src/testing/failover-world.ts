import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kvm } from '@nats-io/kv';
import { Bus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import {
  AbortFailover,
  type Accepted,
  ApproveFailover,
  buckets,
  CheckEvidence,
  type CheckState,
  type Done,
  type Failover,
  parseEstate,
  PauseFailover,
  QueryFailoverReport,
  QueryFailoverStatus,
  type Report,
  ResumeFailover,
  SiteLost,
  StartFailover,
} from '@novacron/contracts';
import { startPostgres, startStandbyOf, temporaryFolder, type TestPostgres } from '@novacron/drivers/testing';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { AppModule } from '../app.module.js';

const root = join(import.meta.dirname, '../../../..');
const vantages = ['alpha', 'beta', 'gamma'];
const vital = ['postgres', 'api', 'worker'];
const integrity = 'integrity';

export interface WorldOptions {
  readonly failover?: Partial<Failover>;
  /** Of tier 1. */
  readonly rpo?: string;
  /** A load balancer in front, at which nobody listens: what is validated from outside then fails. */
  readonly deadRouter?: boolean;
  /** The standby does not confirm commits: nothing but a lease or a power switch fences the primary. */
  readonly asynchronous?: boolean;
  /** A third site, which follows the primary asynchronously. */
  readonly dr?: boolean;
}

export interface SeenEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The failover service as it runs, on a real bus, with a real primary and its synchronous standby. The health monitor is ours to
 * play: it says what the test lets it see.
 */
export class FailoverWorld {
  readonly events: SeenEvent[] = [];
  /** What the vantages see of the active site's vital checks, and those that see something else. */
  seen: CheckState = 'ok';
  seenBy: Readonly<Record<string, CheckState>> = {};
  /** The check of the data's integrity fails. */
  damaged = false;
  /** Every line that the service logged. */
  readonly lines: string[] = [];
  /** The health monitor does not answer. */
  silent = false;
  private readonly services: RunningService[] = [];
  private episodes = 0;
  private site = 'primary';

  private constructor(
    readonly nats: RunningNats,
    readonly primary: TestPostgres,
    readonly secondary: TestPostgres,
    readonly bus: Bus,
    private readonly folder: { readonly path: string; remove(): void },
    private readonly third: TestPostgres | undefined,
  ) {}

  /** @throws where the world was started without it. */
  get dr(): TestPostgres {
    if (this.third === undefined) throw new Error('this world has no third site');
    return this.third;
  }

  static async start(options: WorldOptions = {}): Promise<FailoverWorld> {
    const [nats, primary] = await Promise.all([startNatsServer(), startPostgres({ name: 'primary' })]);
    const secondary = await startStandbyOf(primary, { name: 'secondary' });
    const third = options.dr === true ? await startStandbyOf(primary, { name: 'dr' }) : undefined;
    if (options.asynchronous !== true) await primary.member.setSynchronousStandbys(['secondary']);
    const bus = await Bus.connect({
      ...{ url: nats.url, service: 'health-monitor', instance: 'test', estate: 'novacron', logger: silentLogger },
    });
    const world = new FailoverWorld(nats, primary, secondary, bus, temporaryFolder('failover'), third);
    try {
      await world.open(options);
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  private async open(options: WorldOptions): Promise<void> {
    this.writeEstate(options);
    this.playHealthMonitor();
    this.bus.connection.subscribe('dr.novacron.event.failover.>', {
      callback: (_error, message) => {
        this.events.push({ name: message.subject.split('.')[4] ?? '', data: message.json<SeenEvent['data']>() });
      },
    });
    await this.startService();
    await this.isWatched(options.asynchronous === true ? [] : ['secondary']);
  }

  /** What the services read. */
  get estateFile(): string {
    return join(this.folder.path, 'estate.json');
  }

  /** The service, or one more instance of it. */
  async startService(): Promise<void> {
    const logger = new JsonLogger({ write: (line) => void this.lines.push(line) });
    const service = await startService({
      ...{ name: 'failover', module: AppModule, logger },
      environment: { DR_ESTATE: this.estateFile, DR_NATS_URL: this.nats.url, DR_HTTP_PORT: '0' },
    });
    this.services.push(service);
  }

  /** Every instance of it. */
  async stopService(): Promise<void> {
    await Promise.all(this.services.splice(0).map((service) => service.stop()));
  }

  async stop(): Promise<void> {
    await this.stopService();
    await this.bus.close();
    await Promise.all([this.nats, ...this.servers].map((server) => server.stop()));
    this.folder.remove();
  }

  /** The primary is gone, all vantages see it, and the health monitor says so. */
  async lose(): Promise<void> {
    await this.primary.kill();
    await this.say('failed');
  }

  /** All vantages see the site's vital checks like this, and the loss is announced. */
  async say(state: CheckState, site = 'primary'): Promise<void> {
    this.seen = state;
    this.site = site;
    this.episodes += 1;
    const event = new SiteLost({
      ...{
        site,
        episode: this.episodes,
        since: new Date().toISOString(),
        reason: 'all vital checks failed',
      },
      ...{ evidence: this.evidence(), failedChecks: vital, vantagesAgreeing: 3, vantagesSeeing: 3, confidence: 1 },
    });
    await this.bus.publish(event, {
      id: `SiteLost_${site}_${this.episodes}`,
      correlationId: `incident-${this.episodes}`,
    });
  }

  /** The first event of a name that fits, from those seen so far on. */
  event(name: string, fits: (data: SeenEvent['data']) => boolean = () => true): Promise<SeenEvent['data']> {
    return eventually(() => this.events.find((event) => event.name === name && fits(event.data))?.data, {
      ...{ what: `event ${name}`, timeoutMs: 60_000 },
    });
  }

  verdict(code: string): Promise<SeenEvent['data']> {
    return this.event('failover-decided', (data) => data['code'] === code);
  }

  start(request: Partial<StartFailover> = {}): Promise<Accepted> {
    const message = Object.assign(new StartFailover(), {
      to: 'secondary',
      mode: 'unplanned',
      reason: 'test',
      ...request,
    });
    return this.bus.request(message, { timeoutMs: 20_000 });
  }

  approve(operationId: string, by: string): Promise<Done> {
    return this.bus.request(Object.assign(new ApproveFailover(), { operationId, by }), { timeoutMs: 20_000 });
  }

  abort(operationId: string, by: string, reason = 'test'): Promise<Done> {
    return this.bus.request(Object.assign(new AbortFailover(), { operationId, by, reason }), { timeoutMs: 20_000 });
  }

  resume(request: Partial<ResumeFailover>): Promise<Done> {
    return this.bus.request(Object.assign(new ResumeFailover(), { by: 'Jane', ...request }), { timeoutMs: 20_000 });
  }

  pause(expiry: string, reason = 'network work', owner = 'Jane'): Promise<Done> {
    return this.bus.request(Object.assign(new PauseFailover(), { expiry, reason, owner }), { timeoutMs: 20_000 });
  }

  async status(operationId?: string): Promise<Record<string, unknown>> {
    const query = Object.assign(new QueryFailoverStatus(), operationId === undefined ? {} : { operationId });
    return (await this.bus.request<Report>(query, { timeoutMs: 20_000 })).report;
  }

  async report(operationId: string): Promise<Record<string, unknown>> {
    const query = Object.assign(new QueryFailoverReport(), { operationId });
    return (await this.bus.request<Report>(query, { timeoutMs: 20_000 })).report;
  }

  /** Resolved once a standby receives. */
  async streams({ member }: TestPostgres): Promise<void> {
    await eventually(async () => (await member.status()).walReceiverStatus === 'streaming', {
      what: `replication to ${member.name}`,
      timeoutMs: 60_000,
    });
  }

  /** Resolved once the operation moves no more. */
  ended(operationId: string): Promise<string> {
    return eventually(
      async () => {
        const { state } = await this.status(operationId);
        return ['running', 'waiting', 'undoing'].includes(String(state)) ? undefined : String(state);
      },
      { what: `the end of ${operationId}`, timeoutMs: 90_000 },
    );
  }

  /** What is remembered of the database's replication, as the status tells it. */
  async replication(): Promise<Record<string, unknown>> {
    const { replication } = await this.status();
    return (replication as { databases: Record<string, Record<string, unknown>> }).databases['novacron'] ?? {};
  }

  /** One of the service's small facts, as it is stored. */
  async state<T>(name: string): Promise<T> {
    const bucket = await new Kvm(this.bus.jetstream).open(buckets.state.name, { allow_direct: false });
    const entry = await bucket.get(`novacron.failover.${name}`);
    if (entry === null) throw new Error(`nothing is stored under ${name}`);
    return entry.json<T>();
  }

  /** The first epoch stands, and the standby is known to have everything. */
  private async isWatched(synchronous: readonly string[]): Promise<void> {
    const options = { what: 'the first look at replication', timeoutMs: 60_000 };
    await eventually(
      async () => JSON.stringify((await this.replication())['synchronous']) === JSON.stringify(synchronous),
      options,
    );
  }

  private evidence(): CheckEvidence[] {
    const observedAt = new Date().toISOString();
    const failures = { consecutiveFailures: 3, problem: 'connection refused' };
    const look = (vantage: string, check: string, state: CheckState) =>
      Object.assign(new CheckEvidence(), {
        ...{ vantage, check, state, observedAt },
        ...(state === 'failed' ? failures : { consecutiveFailures: 0 }),
      });
    return vantages.flatMap((vantage) => [
      ...vital.map((check) => look(vantage, check, this.seenBy[vantage] ?? this.seen)),
      look(vantage, integrity, this.damaged ? 'failed' : 'unknown'),
    ]);
  }

  private playHealthMonitor(): void {
    this.bus.connection.subscribe('dr.novacron.query.health-monitor.status', {
      callback: (_error, message) => {
        if (this.silent) return;
        const checks = [...vital, integrity].map((check) => {
          const looks = this.evidence().filter((each) => each.check === check);
          const vantagesSee = looks.map(
            ({ vantage, state, ...look }) => [vantage, { opinion: state, ...look }] as const,
          );
          return [check, { vantages: Object.fromEntries(vantagesSee) }] as const;
        });
        const state = this.seen === 'ok' ? 'ok' : 'lost';
        const report = { sites: { [this.site]: { state, checks: Object.fromEntries(checks) } } };
        message.respond(JSON.stringify({ at: new Date().toISOString(), report }));
      },
    });
  }

  private get servers(): TestPostgres[] {
    return [this.primary, this.secondary, ...(this.third === undefined ? [] : [this.third])];
  }

  /** What the service reads when it starts the next time. */
  writeEstate({ failover, rpo, deadRouter, asynchronous }: WorldOptions): void {
    const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
    const database = estate?.databases[0];
    const [first] = estate?.objectives.tiers ?? [];
    if (estate === undefined || database === undefined || first === undefined)
      throw new Error('the lab’s estate file does not parse');
    const secret = (name: string, text: string): { file: string } => {
      writeFileSync(join(this.folder.path, name), text, { mode: 0o600 });
      return { file: name };
    };
    const { admin, replication } = this.primary;
    Object.assign(database, {
      admin: { user: admin.user, password: secret('admin', admin.password) },
      replication: {
        ...{ user: replication.user, password: secret('replication', replication.password) },
        passfile: this.primary.source('secondary').passfile,
      },
      members: this.servers.map(({ name, port }) => ({ site: name, host: '127.0.0.1', port })),
      links: [
        { from: 'primary', to: 'secondary', mode: asynchronous === true ? 'asynchronous' : 'synchronous' },
        ...(this.third === undefined ? [] : [{ from: 'primary', to: 'dr', mode: 'asynchronous' }]),
      ],
    });
    if (rpo !== undefined) Object.assign(first, { rpo });
    const pidFile = join(this.primary.dataDir, 'postmaster.pid');
    Object.assign(estate.failover, {
      ...{ applications: [], smokeTests: [] },
      allow: { programs: ['/bin/sh'], hosts: [] },
      // A power switch as good as a real one: it knows whether the server runs.
      fences: [
        {
          site: 'primary',
          powerOff: ['/bin/sh', '-c', `kill -9 $(head -n 1 ${pidFile}) 2>/dev/null; true`],
          powerStatus: ['/bin/sh', '-c', `kill -0 $(head -n 1 ${pidFile}) 2>/dev/null || exit 3`],
        },
      ],
      ...failover,
    });
    const [router] = estate.routing.loadBalancers;
    const loadBalancers =
      deadRouter === true
        ? [Object.assign(router ?? {}, { runtime: [], backends: [], httpUrl: undefined, postgresPort: 1 })]
        : [];
    Object.assign(estate, { caches: [], routing: { dns: [], loadBalancers } });
    // Only of what this estate has: two databases and no cache.
    const members = this.servers.map(({ name }) => name);
    const checks = estate.health.checks.filter(({ kind, site }) => kind !== 'redis' && members.includes(site));
    for (const site of members) {
      const [postgres] = checks.filter((check) => check.site === site && check.role === 'database');
      checks.push(Object.assign(structuredClone(postgres ?? checks[0]!), { name: integrity, role: 'integrity' }));
    }
    Object.assign(estate.health, { checks });
    writeFileSync(this.estateFile, JSON.stringify(estate));
  }
}
