import { PostgresMember } from '@novacron/drivers';
import { RestoreWorld } from './testing/restore-world.js';

describe('a restore of a server with several databases', () => {
  let world: RestoreWorld;

  beforeAll(async () => {
    world = await RestoreWorld.start();
    const { member } = world.postgres;
    await member.query('create database other');
    const other = new PostgresMember({ ...member.options, database: 'other' });
    await other.query('create function key_of(n int) returns int immutable language sql as $$ select n $$');
    await other.query('create table orders as select generate_series(1, 1000) as n');
    await other.query('create index by_key on orders (key_of(n))');
    // Its rows are found by the index no more.
    await other.query('create or replace function key_of(n int) returns int immutable language sql as $$ select -n $$');
  }, 90_000);
  afterAll(() => world.stop());

  it('is no success where another database than its own is damaged', async () => {
    const { backupId, components } = await world.backup(['near']);
    await world.archive(components[0]?.systemId ?? '', ['near']);
    const { report } = await world.restore({ component: 'novacron', backupId });
    expect(report).toMatchObject({
      state: 'rolled-back',
      reason: expect.stringContaining('damaged tables or indexes') as string,
    });
  }, 90_000);
});
