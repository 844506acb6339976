import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Bus, Epochs, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import {
  type Accepted,
  FailoverCompleted,
  QueryRecoveryWindow,
  type RecoveryWindow,
  RunBackup,
} from '@novacron/contracts';
import { FileStore, requireProgram } from '@novacron/drivers';
import {
  childrenOf,
  type RedisServer,
  startPostgres,
  startRedis,
  startStandbyOf,
  type TestPostgres,
} from '@novacron/drivers/testing';
import { openRepository, parseKeyring, parseLsn, type Repository } from '@novacron/repository';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { AppModule } from './app.module.js';
import { archiveSlot } from './archiving/wal-source.js';
import { EventsSeen } from './testing/events-seen.js';
import { testEstate, type TestEstate } from './testing/test-estate.js';

describe('backups over a promotion', () => {
  let nats: RunningNats;
  let primary: TestPostgres;
  let secondary: TestPostgres;
  let redis: RedisServer;
  let estate: TestEstate;
  let service: RunningService;
  let bus: Bus;
  let epochs: Epochs;
  let events: EventsSeen;
  let repository: Repository;
  let first: string;
  const lines: string[] = [];

  beforeAll(async () => {
    [nats, primary, redis] = await Promise.all([
      startNatsServer(),
      startPostgres({ name: 'primary' }),
      startRedis(requireProgram('redisServer')),
    ]);
    secondary = await startStandbyOf(primary);
    // Slow enough that a backup can be met in its middle.
    const backup = '  maxRate: 8M\n';
    estate = testEstate({ primary, secondary, redis: { port: redis.port, password: 'test-password' }, backup });
    service = await startService({
      name: 'backup',
      module: AppModule,
      environment: { DR_ESTATE: estate.file, DR_NATS_URL: nats.url, DR_SERVICE_INSTANCE: 'one' },
      logger: new JsonLogger({ write: (line) => lines.push(line) }),
    });
    bus = await Bus.connect({
      url: nats.url,
      service: 'failover',
      instance: 't',
      estate: 'novacron',
      logger: silentLogger,
    });
    events = new EventsSeen(bus.connection, 'novacron');
    epochs = await Epochs.open(bus.connection, 'novacron');
    await epochs.advance(0, { site: 'primary', operationId: 'first' });
    repository = openRepository({
      stores: new Map([['dr', new FileStore({ name: 'dr', folder: estate.storeFolder('dr') })]]),
      keyring: parseKeyring('lab-1', { 'lab-1': 'ab'.repeat(32) }),
    });
    ({ operationId: first } = await bus.request<Accepted>(new RunBackup({ reason: 'before' })));
    await events.ofBackup('backup-replicated', first);
  });

  afterAll(async () => {
    await service?.stop();
    await bus?.close();
    await Promise.all([nats?.stop(), primary?.stop(), secondary?.stop(), redis?.stop()]);
    estate?.remove();
    if (process.env['SHOW_LOG'] !== undefined) process.stderr.write(lines.join(''));
  });

  /** The programs that copy, which the service in this process has started. */
  const copiers = (): number[] => childrenOf(process.pid).filter((pid) => programOf(pid) === 'pg_basebackup');
  const programOf = (pid: number): string | undefined => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    } catch {
      // It has ended meanwhile.
      return undefined;
    }
  };

  /** A backup that has begun to copy the database, and stands still there: nobody knows how long the rest of a test takes. */
  const inTheMiddle = async (): Promise<string> => {
    const copying = new Set<string>();
    const journals = bus.connection.subscribe('dr.novacron.operation.*', {
      callback: (_error, message) => {
        const record = message.json<{ kind: string; steps?: { name: string }[] }>();
        if (record.kind !== 'intent' || record.steps?.[0]?.name !== 'base-backup') return;
        copying.add(message.subject.split('.').at(-1) ?? '');
      },
    });
    const { operationId } = await bus.request<Accepted>(new RunBackup({ reason: 'cut short' }));
    const copies = async (): Promise<boolean> => {
      const rows = await primary.member.query('select 1 from pg_stat_progress_basebackup');
      if (!copying.has(operationId) || rows.length === 0) return false;
      // Its reader, and not the server's process, which could have a lock that others need.
      for (const pid of copiers()) process.kill(pid, 'SIGSTOP');
      return copiers().length > 0;
    };
    await eventually(copies, { what: 'a copy under way', timeoutMs: 60_000 });
    journals.unsubscribe();
    return operationId;
  };

  it('fails the backup that was under way, archives on without a gap, and takes a new full backup by itself', async () => {
    await primary.member.query('create table orders (n int)');
    const { position } = await primary.member.status();
    await secondary.member.waitForReplay(position ?? '0/0');
    const cutShort = await inTheMiddle();
    // Mostly leaves the old timeline at the border of two segments, where pg_receivewal cannot begin.
    await primary.member.query('select pg_switch_wal()');
    const { position: last } = await primary.member.status();
    await secondary.member.waitForReplay(last ?? '0/0');
    await primary.kill();
    for (const pid of copiers()) process.kill(pid, 'SIGCONT');
    await epochs.advance((await epochs.current())?.revision ?? 0, { site: 'secondary', operationId: 'failover-1' });
    const { timeline, switchLsn = '' } = await secondary.member.promote();
    await secondary.member.checkpoint();
    const told = new FailoverCompleted({
      ...{ operationId: 'failover-1', fromSite: 'primary', toSite: 'secondary', mode: 'unplanned', epoch: 2 },
      ...{ fenceLevel: 'L3', durationMs: 1, timeline, switchLsn },
    });
    await bus.publish(told, { id: 'told' });
    await bus.publish(told, { id: 'told-again' });

    await secondary.member.query('insert into orders values (1)');
    const [row] = await secondary.member.query<{ now: Date }>('select clock_timestamp() as now');
    const failed = await eventually(
      () => events.named('backup-failed').find(({ data }) => data['backupId'] === cutShort),
      { what: 'the end of the backup of the lost primary', timeoutMs: 120_000 },
    );
    expect(failed.data).toMatchObject({ step: 'base-backup', reason: expect.stringMatching(/\S/u) as string });
    const started = await eventually(
      () => events.named('backup-started').find(({ data }) => data['site'] === 'secondary'),
      { what: 'the full backup of the new primary', timeoutMs: 60_000 },
    );
    const second = String(started.data['backupId']);
    expect(await events.ofBackup('backup-completed', second)).toMatchObject({ timeline: 2 });
    await events.ofBackup('backup-replicated', second);

    const { systemIdentifier, position: now } = await secondary.member.status();
    const [oldest] = (await repository.catalog('dr').read(first)).components;
    const from = parseLsn(oldest?.startLsn ?? '0/0');
    await eventually(async () => {
      const reach = await repository.wal('dr', systemIdentifier).contiguousUntil(2, from);
      expect(reach.gap).toBeUndefined();
      return reach.until >= parseLsn(now ?? '0/0');
    });
    const window = await eventually(() =>
      bus.request<RecoveryWindow>(new QueryRecoveryWindow({ component: 'novacron', at: row?.now.toISOString() })),
    );
    expect(window.spans.map((span) => `${span.backupId} ${span.timeline}`)).toContain(`${first} 2`);
    expect(events.named('backup-started').filter(({ data }) => data['site'] === 'secondary')).toHaveLength(1);
    expect((await repository.catalog('dr').list()).entries.map(({ backupId }) => backupId)).not.toContain(cutShort);
  }, 240_000);

  it('drops its slot on the server that was left, as soon as that is back', async () => {
    await primary.member.start();
    expect((await primary.member.replicationSlots()).map(({ name }) => name)).toContain(archiveSlot);
    await eventually(async () => {
      const slots = await primary.member.replicationSlots();
      return !slots.some(({ name }) => name === archiveSlot);
    });
    expect((await secondary.member.replicationSlots()).find(({ name }) => name === archiveSlot)).toMatchObject({
      active: true,
    });
  });
});
