import 'reflect-metadata';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bus } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import {
  type Accepted,
  type BackupList,
  QueryBackupList,
  QueryRecoveryWindow,
  type RecoveryWindow,
  RunBackup,
  VerifyBackup,
} from '@novacron/contracts';
import type { TestPostgres } from '@novacron/drivers/testing';
import { parseLsn, type Repository } from '@novacron/repository';
import { BackupWorld } from './testing/backup-world.js';
import type { EventsSeen } from './testing/events-seen.js';
import { restoredRows } from './testing/restored-rows.js';
import type { TestEstate } from './testing/test-estate.js';

describe('the backup service on real servers', () => {
  let world: BackupWorld;
  let postgres: TestPostgres;
  let estate: TestEstate;
  let bus: Bus;
  let events: EventsSeen;
  let repository: Repository;
  let systemId: string;
  let backupId: string;

  beforeAll(async () => {
    world = await BackupWorld.start({ active: 'unknown' });
    ({ postgres, estate, bus, events, repository } = world);
    systemId = (await postgres.member.status()).systemIdentifier;
    await postgres.member.query('create table orders (n int)');
    await postgres.member.query('insert into orders select generate_series(1, 5000)');
  });

  afterAll(async () => world?.stop());

  it('takes no backup before it is known which site is active', async () => {
    await expect(bus.request(new RunBackup({}))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('refuses components that the estate does not have', async () => {
    await expect(bus.request(new RunBackup({ components: ['payroll'] }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('novacron, sessions') as string,
    });
  });

  it('takes, verifies and replicates a full backup of everything', async () => {
    await world.activate('primary');
    ({ operationId: backupId } = await bus.request<Accepted>(new RunBackup({ reason: 'test' })));

    expect(await events.ofBackup('backup-started', backupId)).toMatchObject({
      components: ['novacron', 'sessions'],
      site: 'primary',
    });
    const completed = await events.ofBackup('backup-completed', backupId);
    expect(completed).toMatchObject({ store: 'primary', timeline: 1, kind: 'full' });
    expect(await events.ofBackup('backup-verified', backupId)).toMatchObject({ store: 'primary', objects: 4 });
    expect(await events.ofBackup('backup-replicated', backupId)).toMatchObject({ fromStore: 'primary', toStore: 'dr' });

    const { entries } = await repository.catalog('dr').list();
    const components = entries[0]?.manifest?.components ?? [];
    expect(components.map(({ component, kind }) => [component, kind])).toEqual([
      ['novacron', 'postgres-physical'],
      ['sessions', 'redis-rdb'],
    ]);
    expect(components[0]?.objects.map(({ key }) => key.split('/').at(-1))).toEqual([
      'backup_manifest',
      'base.tar.zst',
      'pg_wal.tar.zst',
    ]);
    expect(entries[0]?.problems).toEqual([]);
    const list = await bus.request<BackupList>(new QueryBackupList({}));
    expect(list.backups.map(({ store, status }) => [store, status])).toEqual([
      ['primary', 'verified'],
      ['dr', 'verified'],
    ]);
    await eventually(() => !readdirSync(estate.spool).includes(backupId));
    expect(world.lines.join('')).not.toContain(postgres.replication.password);
  });

  it('has a commit in both stores within two seconds of it, when the machine has time', async () => {
    const tookMs: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await postgres.member.query('insert into orders values ($1)', [round]);
      const { position } = await postgres.member.status();
      const committedMs = performance.now();
      for (const store of ['primary', 'dr']) {
        const archive = repository.wal(store, systemId);
        await eventually(async () => {
          const index = await archive.index();
          const [newest] = index.chunks.toSorted((a, b) => Number(b.number - a.number) || b.end - a.end);
          const until = newest === undefined ? 0n : newest.number * 0x100_0000n + BigInt(newest.end);
          return until >= parseLsn(position ?? '0/0');
        });
      }
      tookMs.push(performance.now() - committedMs);
    }
    // Each round waits for whatever else the machine does; none can be quicker than the archive is.
    expect(Math.min(...tookMs)).toBeLessThan(2_000);
  });

  it('offers moments as soon as the archive reaches them, and names the nearest to any other', async () => {
    const [row] = await postgres.member.query<{ now: Date }>('select clock_timestamp() as now');
    const at = row?.now.toISOString() ?? '';
    const window = await eventually(async () => {
      const found = await bus.request<RecoveryWindow>(new QueryRecoveryWindow({ component: 'novacron', at }));
      return found;
    });
    expect(window.backupId).toBe(backupId);
    const asked = bus.request(new QueryRecoveryWindow({ at: '2031-01-01T00:00:00Z' }));
    await expect(asked).rejects.toMatchObject({
      code: 'OUTSIDE_RECOVERY_WINDOW',
      hint: expect.stringContaining('nearest') as string,
    });
    await eventually(() => events.named('recovery-point-advanced').at(-1)?.data['component'] === 'novacron');
    await expect(bus.request(new QueryRecoveryWindow({ component: 'payroll' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('offers no moment that a server cannot be recovered to, though nobody else writes', async () => {
    const { spans } = await bus.request<RecoveryWindow>(
      new QueryRecoveryWindow({ component: 'novacron', store: 'dr' }),
    );
    const span = spans.find((one) => one.backupId === backupId);
    const [now] = await postgres.member.query('select count(*)::int as n from orders');
    const rows = await restoredRows({
      ...{ repository, postgres, backupId, store: 'dr', timeline: 1, folder: join(estate.folder, 'restored') },
      at: span?.to ?? '',
      query: 'select count(*)::int as n from orders',
    });
    expect(rows).toEqual([now]);
  });

  it('goes on storing WAL in one store while the other is away, and completes that one when it is back', async () => {
    const primary = estate.storeFolder('primary');
    await rename(primary, `${primary}.away`);
    writeFileSync(primary, 'not a folder');
    await postgres.member.query('insert into orders select generate_series(1, 100)');
    await postgres.member.switchWal();
    await postgres.member.query('insert into orders select generate_series(1, 100)');
    const { position } = await postgres.member.status();
    const target = parseLsn(position ?? '0/0');
    const from = parseLsn(String((await events.ofBackup('backup-completed', backupId))['stopLsn']));
    const reached = (store: string) => async () =>
      (await repository.wal(store, systemId).contiguousUntil(1, from)).until >= target;
    await eventually(reached('dr'), { what: 'WAL in dr' });

    const { operationId } = await bus.request<Accepted>(new RunBackup({ reason: 'the store is away' }));
    expect(await events.ofBackup('backup-verified', operationId)).toMatchObject({ store: 'dr' });

    await rm(primary);
    await rename(`${primary}.away`, primary);
    await eventually(reached('primary'), { what: 'WAL in primary', timeoutMs: 20_000 });
  });

  it('finds a single flipped bit, and names the object', async () => {
    const folder = join(estate.storeFolder('primary'), 'backups', backupId, 'novacron');
    const path = join(folder, 'base.tar.zst');
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    writeFileSync(path, bytes);
    expect(statSync(path).size).toBe(bytes.length);
    await bus.request<Accepted>(new VerifyBackup({ backupId, store: 'primary' }));
    const failed = await eventually(() =>
      events.named('backup-failed').find(({ data }) => data['backupId'] === backupId),
    );
    expect(failed.data).toMatchObject({ step: 'verify', code: 'CORRUPT_OBJECT' });
    expect(failed.data['reason']).toContain(`backups/${backupId}/novacron/base.tar.zst`);
    const list = await bus.request<BackupList>(new QueryBackupList({}));
    const states = list.backups
      .filter((backup) => backup.backupId === backupId)
      .map(({ store, status }) => [store, status]);
    expect(states).toEqual([
      ['primary', 'damaged'],
      ['dr', 'verified'],
    ]);
  });
});
