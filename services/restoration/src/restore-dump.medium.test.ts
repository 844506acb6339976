import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Restore } from '@novacron/contracts';
import { RestoreWorld } from './testing/restore-world.js';

describe('a restore from a logical backup', () => {
  let world: RestoreWorld;
  let backupId: string;

  beforeAll(async () => {
    world = await RestoreWorld.start();
    const { member } = world.postgres;
    await member.query('create role clerk');
    await member.query('create table ledger (id int primary key, amount int not null)');
    await member.query('create table entries (id int, ledger int references ledger)');
    await member.query('insert into ledger select i, i * 10 from generate_series(1, 100) i');
    await member.query('insert into entries select i, 1 from generate_series(1, 7) i');
    await member.query('grant select on ledger to clerk');
    await world.backup();
    backupId = await world.backupLogically();
    await member.query('delete from entries');
  }, 90_000);
  afterAll(() => world.stop());

  const counts = `select (select count(*)::int from ledger) as ledger, (select count(*)::int from entries) as entries,
    (select count(*)::int from pg_constraint where conrelid in ('ledger'::regclass, 'entries'::regclass)) as constraints,
    has_table_privilege('clerk', 'ledger', 'select') as granted`;

  it('brings a whole database back, with its roles, into a server of its own', async () => {
    const { report, operationId } = await world.restore({ component: 'novacron', backupId, query: counts });
    expect(report).toMatchObject({
      ...{ state: 'completed', backupId, database: 'novacron', structure: 'clean' },
      rows: [{ ledger: 100, entries: 7, constraints: 2, granted: true }],
    });
    expect(existsSync(join(world.scratchFolder, operationId))).toBe(false);
  });

  it('brings one table with its rows and its key, from the newest dump when none is named', async () => {
    const { report } = await world.restore({ component: 'novacron', tables: ['public.ledger'], query: counts });
    expect(report).toMatchObject({
      ...{ state: 'completed', backupId },
      rows: [{ ledger: 100, entries: 0, constraints: 1 }],
    });
  });

  it('names what the dump does not have, and leaves nothing behind', async () => {
    const table = await world.restore({ component: 'novacron', backupId, tables: ['public.payroll'] });
    expect(table.report).toMatchObject({
      state: 'rolled-back',
      reason: 'the dump of novacron has no table public.payroll',
    });
    const database = await world.restore({ component: 'novacron', backupId, database: 'payroll' });
    expect(database.report).toMatchObject({ state: 'rolled-back', reason: 'the backup has no database payroll' });
    for (const { operationId } of [table, database])
      expect(existsSync(join(world.scratchFolder, operationId))).toBe(false);
  });

  it('refuses a moment: a dump has one only', async () => {
    const targetTime = new Date().toISOString();
    await expect(
      world.bus.request(new Restore({ component: 'novacron', targetTime, tables: ['public.ledger'] })),
    ).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
  });
});
