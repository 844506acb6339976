import { PostgresMember } from '@novacron/drivers';
import { RestoreWorld } from './testing/restore-world.js';

describe('a restore of a server with several databases', () => {
  let world: RestoreWorld;
  let other: PostgresMember;

  beforeAll(async () => {
    world = await RestoreWorld.start();
    const { member } = world.postgres;
    await member.query('create database other');
    other = new PostgresMember({ ...member.options, database: 'other' });
    await other.query('create function key_of(n int) returns int immutable language sql as $$ select n $$');
    await other.query('create table orders as select generate_series(1, 1000) as n');
    await other.query('create index by_key on orders (key_of(n))');
  }, 90_000);
  afterAll(() => world.stop());

  it('is no success where the catalog of one cannot be read, which no look at its blocks shows', async () => {
    const torn = new PostgresMember({ ...world.postgres.member.options, database: 'torn' });
    await world.postgres.member.query('create database torn');
    await torn.query(`create type mood as enum ('calm')`);
    await torn.query('create table guests (feels mood)');
    await torn.query(`delete from pg_namespace where nspname = 'public'`);
    const { backupId, components } = await world.backup(['near']);
    await world.archive(components[0]?.systemId ?? '', ['near']);
    await world.postgres.member.query('drop database torn');
    const { report } = await world.restore({ component: 'novacron', backupId });
    expect(report).toMatchObject({
      state: 'rolled-back',
      reason: expect.stringContaining('the catalog of torn in the restored server cannot be read') as string,
    });
  }, 90_000);

  it('is no success where another database than its own is damaged', async () => {
    // Its rows are found by the index no more.
    await other.query('create or replace function key_of(n int) returns int immutable language sql as $$ select -n $$');
    const { backupId, components } = await world.backup(['near']);
    await world.archive(components[0]?.systemId ?? '', ['near']);
    const { report } = await world.restore({ component: 'novacron', backupId });
    expect(report).toMatchObject({
      state: 'rolled-back',
      reason: expect.stringContaining('damaged tables or indexes') as string,
    });
  }, 90_000);
});
