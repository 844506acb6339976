import 'reflect-metadata';
import { eventually } from '@novacron/bus/testing';
import { type Accepted, RunBackup } from '@novacron/contracts';
import { postgres17Bin, usePostgres17 } from '@novacron/drivers/testing';
import { BackupWorld } from '../testing/backup-world.js';
import { begunAndKilled, stepsToDieAt, wholeRun } from '../testing/killed-at-steps.js';
import { RestorationBeside } from '../testing/restoration-beside.js';
import { storedOnce, wholeAndOnce } from '../testing/stored-once.js';

const with17 = postgres17Bin === undefined || !wholeRun ? describe.skip : describe;

with17('a service that is killed at every step of a block-incremental backup (npm run chaos, PostgreSQL 17)', () => {
  const useOurs = usePostgres17();
  let world: BackupWorld;
  let restoration: RestorationBeside;

  beforeAll(async () => {
    world = await BackupWorld.start({ as: 'process' });
    restoration = new RestorationBeside(world);
    for (const statement of [
      'alter system set summarize_wal = on',
      'select pg_reload_conf()',
      'create table orders as select n, repeat(md5(n::text), 20) as filler from generate_series(1, 20000) n',
    ])
      await world.postgres.member.query(statement);
  }, 120_000);
  afterAll(async () => {
    await restoration?.stop();
    await world?.stop();
    useOurs();
  });

  it('ends it as if it had not been, and it is restored together with what it builds on', async () => {
    const ask = async (kind: 'full' | 'incremental'): Promise<string> => {
      const request = new RunBackup({ kind, components: ['novacron'] });
      const answer = () => world.bus.request<Accepted>(request, { timeoutMs: 20_000 });
      return (await eventually(answer, { timeoutMs: 60_000 })).operationId;
    };
    const full = await ask('full');
    await world.events.ofBackup('backup-replicated', full, 120_000);
    await world.postgres.member.query('insert into orders values (0)');
    const all = ['prepare-spool', 'find-changes', 'copy-changes', 'seal-and-upload', 'wait-for-wal', 'commit'];
    const steps = stepsToDieAt([...all, 'verify', 'replicate', 'clean-spool']);
    const { operationId, killedAt } = await begunAndKilled(world, steps, () => ask('incremental'));
    await world.events.ofBackup('backup-replicated', operationId, 200_000);
    await eventually(() => killedAt.size === steps.length, { what: `deaths at ${steps.join(', ')}` });
    const { objects, ...rest } = await storedOnce(world, operationId);
    expect(rest).toMatchObject({ strays: [], damaged: [], uncommitted: [], told: wholeAndOnce(0).told });
    expect(objects['dr']).toBe(objects['primary']);

    const query = 'select count(*)::int as rows from orders';
    const report = await restoration.restore({ component: 'novacron', backupId: operationId, store: 'dr', query });
    expect(report).toMatchObject({ state: 'completed', structure: 'clean', rows: [{ rows: 20_001 }] });
  }, 300_000);
});
