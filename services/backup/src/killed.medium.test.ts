import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { type Accepted, RunBackup } from '@novacron/contracts';
import { FileStore, requireProgram } from '@novacron/drivers';
import { type RedisServer, startPostgres, startRedis, type TestPostgres } from '@novacron/drivers/testing';
import { openRepository, parseKeyring, parseLsn } from '@novacron/repository';
import { EventsSeen } from './testing/events-seen.js';
import { testEstate, type TestEstate } from './testing/test-estate.js';

const program = join(import.meta.dirname, '../dist/main.js');

describe('a backup whose service is killed at every step', () => {
  let nats: RunningNats;
  let postgres: TestPostgres;
  let redis: RedisServer;
  let estate: TestEstate;
  let bus: Bus;
  let child: ChildProcess | undefined;
  let leaving = false;

  /** Supervised as in production: one that dies is back at once. */
  const supervise = (): void => {
    const log = openSync(join(estate.folder, 'service.log'), 'a');
    child = spawn(process.execPath, [program], {
      env: { ...process.env, DR_ESTATE: estate.file, DR_NATS_URL: nats.url, DR_SERVICE_INSTANCE: 'one' },
      stdio: ['ignore', log, log],
    });
    child.once('exit', () => {
      if (!leaving) supervise();
    });
  };

  beforeAll(async () => {
    [nats, postgres, redis] = await Promise.all([
      startNatsServer(),
      startPostgres({ name: 'primary' }),
      startRedis(requireProgram('redisServer')),
    ]);
    estate = testEstate({ primary: postgres, redis: { port: redis.port, password: 'test-password' } });
    bus = await Bus.connect({
      url: nats.url,
      service: 'failover',
      instance: 't',
      estate: 'novacron',
      logger: silentLogger,
    });
    await provisionBus(bus.connection, { estate: 'novacron' });
    supervise();
  });

  afterAll(async () => {
    leaving = true;
    if (child !== undefined && child.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    if (process.env['SHOW_LOG'] !== undefined) process.stderr.write(readFileSync(join(estate.folder, 'service.log')));
    await bus?.close();
    await Promise.all([nats?.stop(), postgres?.stop(), redis?.stop()]);
    estate?.remove();
  });

  it('ends as if it had not been, and the WAL archive has no gap', async () => {
    const events = new EventsSeen(bus.connection, 'novacron');
    const epochs = await Epochs.open(bus.connection, 'novacron');
    await epochs.advance(0, { site: 'primary', operationId: 'test' });
    const killedAt = new Set<string>();
    bus.connection.subscribe('dr.novacron.operation.*', {
      callback: (_error, message) => {
        const record = message.json<{ kind: string; steps?: { name: string }[] }>();
        const step = record.kind === 'intent' ? record.steps?.[0]?.name : undefined;
        if (step === undefined || killedAt.has(step)) return;
        killedAt.add(step);
        // Somewhere within the step: at its very beginning in one run, in the middle of it in another.
        setTimeout(() => child?.kill('SIGKILL'), Math.random() * 60);
      },
    });
    await postgres.member.query('create table orders as select generate_series(1, 20000) as n');
    const { operationId } = await eventually(() => bus.request<Accepted>(new RunBackup({ reason: 'test' })));

    await events.ofBackup('backup-replicated', operationId, 200_000);
    expect(killedAt.size).toBeGreaterThanOrEqual(8);
    for (const name of ['backup-started', 'backup-completed', 'backup-verified', 'backup-replicated']) {
      expect(events.named(name)).toHaveLength(1);
    }
    const repository = openRepository({
      stores: new Map(
        ['primary', 'dr'].map((name) => [
          name,
          new FileStore({ name, folder: estate.storeFolder(name === 'dr' ? 'dr' : 'primary') }),
        ]),
      ),
      keyring: parseKeyring('lab-1', { 'lab-1': 'ab'.repeat(32) }),
    });
    for (const store of ['primary', 'dr']) {
      const report = await repository.verify(store, operationId);
      expect(report).toMatchObject({ good: true });
      expect(report.objects).toHaveLength(4);
    }
    const [database] = (await repository.catalog('dr').read(operationId)).components;
    const { systemIdentifier, position } = await postgres.member.status();
    await eventually(
      async () => {
        const reach = await repository
          .wal('dr', systemIdentifier)
          .contiguousUntil(1, parseLsn(database?.startLsn ?? '0/0'));
        expect(reach.gap).toBeUndefined();
        return reach.until >= parseLsn(position ?? '0/0');
      },
      { timeoutMs: 20_000 },
    );
    // The last one may have died with the service a moment ago.
    const receivers = await eventually(async () => {
      const links = await postgres.member.replicationLinks();
      const found = links.filter(({ slot }) => slot === 'dr_archive');
      return found.length > 0 ? found : undefined;
    });
    expect(receivers).toHaveLength(1);
  }, 260_000);
});
