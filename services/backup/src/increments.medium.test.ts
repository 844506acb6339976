import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import { RunBackup } from '@novacron/contracts';
import { BackupWorld } from './testing/backup-world.js';

describe('an incremental backup', () => {
  let world: BackupWorld;
  let full: string;

  beforeAll(async () => {
    world = await BackupWorld.start();
    await world.postgres.member.query('create table orders (n int primary key)');
    await world.postgres.member.query('insert into orders select generate_series(1, 5000)');
  });
  afterAll(() => world?.stop());

  it('is refused while there is nothing to build on, and of what has none', async () => {
    await expect(world.run({ kind: 'incremental' })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      hint: expect.stringContaining('kind full') as string,
    });
    const cache = new RunBackup({ kind: 'incremental', components: ['sessions'] });
    await expect(world.bus.request(cache)).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('is a cache') as string,
    });
    await expect(world.run({ kind: 'incremental', form: 'logical' })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
  });

  it('says that nothing has changed, where only the house keeps its own books', async () => {
    full = await world.backup();
    const backupId = await world.run({ kind: 'incremental' });
    const unchanged = await world.events.ofBackup('backup-unchanged', backupId);
    expect(unchanged).toMatchObject({ parentBackupId: full, components: ['novacron'] });
    expect((await world.repository.catalog('primary').list()).entries.map((entry) => entry.backupId)).toEqual([full]);
    expect(world.events.named('backup-completed')).toHaveLength(1);
  });

  it('names the WAL of what has changed, and says that it is no more than that', async () => {
    await world.postgres.member.query('insert into orders values (0)');
    const backupId = await world.run({ kind: 'incremental' });
    const completed = await world.events.ofBackup('backup-completed', backupId);
    expect(completed).toMatchObject({
      kind: 'incremental',
      parentBackupId: full,
      parts: [{ component: 'novacron', kind: 'postgres-wal' }],
      note: expect.stringMatching(/WAL alone.*block-incremental backups need PostgreSQL 17/u) as string,
    });
    await world.events.ofBackup('backup-replicated', backupId);

    const next = await world.run({ kind: 'incremental' });
    expect(await world.events.ofBackup('backup-unchanged', next)).toMatchObject({ parentBackupId: backupId });
  });

  it('counts rows that were written before the backup it builds on ended, and committed after it', async () => {
    const { member, dataDir } = world.postgres;
    const waiting = `do $$ begin while pg_stat_file('go', true) is null loop perform pg_sleep(0.05); end loop; end $$`;
    const session = member.query(`begin; insert into orders values (-1); ${waiting}; commit`, [], {
      timeoutMs: 90_000,
    });
    session.catch(() => undefined);
    const writers = `select 1 from pg_locks where mode = 'RowExclusiveLock' and relation = 'orders'::regclass`;
    await eventually(async () => (await member.query(writers)).length > 0, { what: 'the row, not yet committed' });
    const parent = await world.backup();
    writeFileSync(join(dataDir, 'go'), '');
    await session;

    const backupId = await world.run({ kind: 'incremental' });
    const completed = await world.events.ofBackup('backup-completed', backupId);
    expect(completed).toMatchObject({ kind: 'incremental', parentBackupId: parent });
    await world.events.ofBackup('backup-replicated', backupId);
    const next = await world.run({ kind: 'incremental' });
    expect(await world.events.ofBackup('backup-unchanged', next)).toMatchObject({ parentBackupId: backupId });
  }, 120_000);

  it('dumps every database and what they share, each as an object of its own', async () => {
    await world.postgres.member.query('create database "Odd name; drop"');
    const backupId = await world.run({ form: 'logical' });
    const completed = await world.events.ofBackup('backup-completed', backupId);
    expect(completed).toMatchObject({ kind: 'full', parts: [{ kind: 'postgres-logical', objects: 5 }] });
    await world.events.ofBackup('backup-replicated', backupId);
    const [component] = (await world.repository.catalog('dr').read(backupId)).components;
    expect(component?.objects.map(({ key }) => key.split('/').at(-1))).toEqual([
      'globals.sql',
      'databases.json',
      'database-0.dump',
      'novacron.dump',
      'postgres.dump',
    ]);
  });
});
