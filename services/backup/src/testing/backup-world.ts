import { join } from 'node:path';
import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { type Accepted, DrError, RunBackup } from '@novacron/contracts';
import { FileStore, requireProgram } from '@novacron/drivers';
import {
  type RedisServer,
  startPostgres,
  startRedis,
  startStandbyOf,
  type TestPostgres,
} from '@novacron/drivers/testing';
import { openRepository, parseKeyring, type Repository } from '@novacron/repository';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { AppModule } from '../app.module.js';
import { EventsSeen } from './events-seen.js';
import { SupervisedService, type SupervisedServiceOptions } from './supervised-service.js';
import { testEstate, type TestEstate, type TestEstateOptions } from './test-estate.js';

export interface BackupWorldOptions extends Partial<TestEstateOptions> {
  /** In this process unless given; as a process it is the built one, which can be killed. */
  readonly as?: 'module' | 'process';
  /** The words before the process's own, given the folder of its spool. */
  readonly within?: (spool: string) => readonly string[];
  /** Of the process, beside this one's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** With a standby on the site `secondary`. */
  readonly withStandby?: boolean;
  /** The site that the first epoch names; without one nobody knows which is active. */
  readonly active?: 'primary' | 'unknown';
}

/** The backup service beside a bus, a database and a cache of its own, with two folders as stores. */
export class BackupWorld {
  readonly lines: string[] = [];

  private constructor(
    readonly nats: RunningNats,
    readonly postgres: TestPostgres,
    private readonly secondary: TestPostgres | undefined,
    readonly redis: RedisServer,
    readonly estate: TestEstate,
    readonly bus: Bus,
    readonly events: EventsSeen,
    readonly repository: Repository,
  ) {}

  private service: RunningService | undefined;
  private readonly processes: SupervisedService[] = [];

  static async start({
    as = 'module',
    within,
    environment = {},
    withStandby = false,
    active = 'primary',
    ...options
  }: BackupWorldOptions = {}): Promise<BackupWorld> {
    const [nats, postgres, redis] = await Promise.all([
      startNatsServer(),
      startPostgres({ name: 'primary' }),
      startRedis(requireProgram('redisServer')),
    ]);
    const secondary = withStandby ? await startStandbyOf(postgres) : undefined;
    const estate = testEstate({
      primary: postgres,
      ...(secondary === undefined ? {} : { secondary }),
      redis: { port: redis.port, password: 'test-password' },
      ...options,
    });
    const settings = { url: nats.url, service: 'failover', instance: 't', estate: 'novacron' } as const;
    const bus = await Bus.connect({ ...settings, logger: silentLogger });
    const names = ['primary', 'dr'] as const;
    const repository = openRepository({
      stores: new Map(names.map((name) => [name, new FileStore({ name, folder: estate.storeFolder(name) })])),
      keyring: parseKeyring('lab-1', { 'lab-1': 'ab'.repeat(32) }),
    });
    const events = new EventsSeen(bus.connection, 'novacron');
    const world = new BackupWorld(nats, postgres, secondary, redis, estate, bus, events, repository);
    if (as === 'module') await world.startService();
    else {
      await provisionBus(bus.connection, { estate: 'novacron' });
      world.startProcess({ environment, ...(within === undefined ? {} : { within: within(estate.spool) }) });
    }
    if (active !== 'unknown') await world.activate(active);
    return world;
  }

  /** Begins the first epoch. */
  async activate(site: string): Promise<void> {
    const epochs = await Epochs.open(this.bus.connection, 'novacron');
    await epochs.advance(0, { site, operationId: 'test' });
  }

  async startService(): Promise<void> {
    this.service = await startService({
      name: 'backup',
      module: AppModule,
      environment: { DR_ESTATE: this.estate.file, DR_NATS_URL: this.nats.url, DR_SERVICE_INSTANCE: 'one' },
      logger: new JsonLogger({ write: (line) => this.lines.push(line) }),
    });
  }

  async stopService(): Promise<void> {
    await this.service?.stop();
    this.service = undefined;
  }

  /** The service as a process of its own, brought back when it dies, until the world stops. */
  startProcess(options: Pick<SupervisedServiceOptions, 'instance' | 'environment' | 'within'> = {}): SupervisedService {
    const logFile = join(this.estate.folder, `service-${options.instance ?? 'one'}.log`);
    const started = new SupervisedService({
      ...{ estateFile: this.estate.file, natsUrl: this.nats.url, logFile, ...options },
    });
    this.processes.push(started);
    return started;
  }

  get standby(): TestPostgres {
    if (this.secondary === undefined) throw new Error('this world has no standby');
    return this.secondary;
  }

  /** The process it was started with. */
  get process(): SupervisedService {
    const [first] = this.processes;
    if (first === undefined) throw new Error('the service runs in this process');
    return first;
  }

  /** Begins a backup of the database alone; the id is also its operation's. */
  async run(request: Omit<RunBackup, 'components'>): Promise<string> {
    const asked = new RunBackup({ components: ['novacron'], ...request });
    for (let tries = 1; ; tries += 1) {
      try {
        return (await this.bus.request<Accepted>(asked, { timeoutMs: 20_000 })).operationId;
      } catch (error) {
        // On a busy machine a server or a store may not answer in time: nothing has begun then.
        const { code } = DrError.from(error);
        if (tries === 10 || (code !== 'UNREACHABLE' && code !== 'TIMEOUT')) throw error;
      }
    }
  }

  /** A backup of everything, in both stores. */
  async backup(): Promise<string> {
    const { operationId } = await this.bus.request<Accepted>(new RunBackup({ reason: 'test' }));
    await this.events.ofBackup('backup-replicated', operationId);
    return operationId;
  }

  async stop(): Promise<void> {
    await this.stopService();
    await Promise.all(this.processes.map(async (one) => one.stop()));
    await this.bus.close();
    await Promise.all([this.nats.stop(), this.postgres.stop(), this.secondary?.stop(), this.redis.stop()]);
    const lines = [...this.lines, ...this.processes.map(({ log }) => log)];
    this.estate.remove();
    if (process.env['SHOW_LOG'] !== undefined) process.stderr.write(lines.join(''));
  }
}
