import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Accepted, Restore } from '@novacron/contracts';
import { eventually } from '@novacron/bus/testing';
import { RestoreWorld } from './testing/restore-world.js';

describe('a restore whose service is killed', () => {
  let world: RestoreWorld;

  beforeAll(async () => {
    world = await RestoreWorld.start('process');
  }, 90_000);
  afterAll(() => world.stop());

  it('ends as if nothing had happened, wherever it was', async () => {
    const { member } = world.postgres;
    await member.query('create table ledger (id int primary key)');
    const manifest = await world.backup(['near']);
    await member.query('insert into ledger select generate_series(1, 250)');
    const targetTime = await world.now();
    await member.query('delete from ledger');
    await world.archive(manifest.components[0]?.systemId ?? '', ['near']);

    const wish = { component: 'novacron', targetTime, query: 'select count(*)::int as rows from ledger' };
    const { operationId } = await world.bus.request<Accepted>(new Restore(wish), { timeoutMs: 10_000 });
    for (const phase of ['choose-backup', 'fetch-backup', 'fetch-wal', 'recover', 'verify']) {
      await eventually(() => world.events.some(({ data }) => data['phase'] === phase), {
        what: phase,
        timeoutMs: 40_000,
      });
      await world.killProcess();
      await world.startProcess();
    }

    expect(await world.end(operationId)).toMatchObject({ state: 'completed', rows: [{ rows: 250 }] });
    expect(existsSync(join(world.scratchFolder, operationId))).toBe(false);
    const completed = world.events.filter(({ name }) => name === 'recovery-completed');
    expect(new Set(completed.map(({ id }) => id)).size).toBe(1);
  }, 110_000);
});
