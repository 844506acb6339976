import 'reflect-metadata';
import { rmSync, writeFileSync } from 'node:fs';
import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, freePort, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { requireProgram } from '@novacron/drivers';
import { type RedisServer, startRedis } from '@novacron/drivers/testing';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { AppModule } from './app.module.js';
import { EventsSeen } from './testing/events-seen.js';
import { testEstate, type TestEstate } from './testing/test-estate.js';

describe('scheduled backups', () => {
  let nats: RunningNats;
  let redis: RedisServer;
  let estate: TestEstate;
  let bus: Bus;
  const services: RunningService[] = [];

  beforeAll(async () => {
    [nats, redis] = await Promise.all([startNatsServer(), startRedis(requireProgram('redisServer'))]);
    const login = { user: 'nobody', password: 'no-password' };
    estate = testEstate({
      // The database is away: a backup of the cache alone does not ask for it.
      primary: { port: await freePort(), admin: login, replication: login },
      redis: { port: redis.port, password: 'test-password' },
      schedules: '    - { name: often, kind: full, every: 3s, components: [sessions] }\n',
    });
    bus = await Bus.connect({
      url: nats.url,
      service: 'failover',
      instance: 't',
      estate: 'novacron',
      logger: silentLogger,
    });
    await provisionBus(bus.connection, { estate: 'novacron' });
    const epochs = await Epochs.open(bus.connection, 'novacron');
    await epochs.advance(0, { site: 'primary', operationId: 'test' });
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await bus?.close();
    await Promise.all([nats?.stop(), redis?.stop()]);
    estate?.remove();
  });

  it('come at their times, once each, however many processes there are', async () => {
    const events = new EventsSeen(bus.connection, 'novacron');
    for (const instance of ['one', 'two']) {
      services.push(
        await startService({
          name: 'backup',
          module: AppModule,
          environment: { DR_ESTATE: estate.file, DR_NATS_URL: nats.url, DR_SERVICE_INSTANCE: instance },
          logger: new JsonLogger({ write: () => undefined }),
        }),
      );
    }
    await eventually(() => events.named('backup-verified').length >= 3, { timeoutMs: 100_000 });
    const starts = events.named('backup-started').map(({ data }) => Date.parse(String(data['startedAt'])));
    const periods = starts.map((start) => Math.floor(start / 3_000));
    expect(new Set(periods).size).toBe(periods.length);
    expect(events.named('backup-failed')).toEqual([]);
    expect(events.named('backup-completed')[0]?.data).toMatchObject({ timeline: 0, stopLsn: '' });
  }, 150_000);

  it('are said not to have begun, where nothing can be stored', async () => {
    const events = new EventsSeen(bus.connection, 'novacron');
    for (const store of ['primary', 'dr'] as const) {
      rmSync(estate.storeFolder(store), { recursive: true });
      writeFileSync(estate.storeFolder(store), 'not a folder');
    }
    const { data } = await eventually(() => events.named('repository-upkeep-failed')[0], {
      ...{ what: 'the word that it was not begun', timeoutMs: 60_000 },
    });
    expect(data).toMatchObject({ operationId: 'schedule-often', task: 'full', step: 'begin', code: 'UNREACHABLE' });
  }, 90_000);
});
