import 'reflect-metadata';
import { eventually } from '@novacron/bus/testing';
import { BackupWorld } from './testing/backup-world.js';
import { RestorationBeside } from './testing/restoration-beside.js';

describe('a backup where policy asks for a standby', () => {
  let world: BackupWorld;
  let restoration: RestorationBeside;
  const query = (sql: string) => world.postgres.member.query(sql);

  beforeAll(async () => {
    // Slow enough that a copy can be met in its middle.
    world = await BackupWorld.start({ withStandby: true, backup: '  source: standby\n  maxRate: 16M\n' });
    restoration = new RestorationBeside(world);
    await query('create table orders as select generate_series(1, 1000) as n');
  }, 150_000);
  afterAll(async () => {
    await restoration?.stop();
    await world?.stop();
  });

  const taken = async (form?: 'logical') => {
    const backupId = await world.run(form === undefined ? {} : { form });
    const { note } = await world.events.ofBackup('backup-completed', backupId, 120_000);
    await world.events.ofBackup('backup-replicated', backupId, 120_000);
    const [component] = (await world.repository.catalog('dr').read(backupId)).components;
    return { backupId, note, site: component?.sourceSite };
  };
  const copies = (sql = 'select 1 from pg_stat_progress_basebackup') => world.standby.member.query(sql);

  it('is read from the standby, has the WAL it needs, and is restored to its end and to moments after it', async () => {
    const { backupId, ...read } = await taken();
    expect(read).toEqual({ site: 'secondary', note: undefined });
    const asked = { component: 'novacron', backupId, store: 'dr', query: 'select count(*)::int as rows from orders' };
    expect(await restoration.restore(asked)).toMatchObject({
      ...{ state: 'completed', structure: 'clean', rows: [{ rows: 1000 }] },
    });
    await query('insert into orders values (0)');
    const [row] = await world.postgres.member.query<{ now: Date }>('select clock_timestamp() as now');
    const targetTime = row?.now.toISOString() ?? '';
    const isReached = async (): Promise<boolean> => {
      const { windows } = await world.repository.recoveryWindows('dr');
      return windows.some((window) => window.backupId === backupId && window.latest > targetTime);
    };
    await eventually(isReached, { what: 'the moment in the archive', timeoutMs: 60_000 });
    expect(await restoration.restore({ ...asked, targetTime })).toMatchObject({
      ...{ state: 'completed', rows: [{ rows: 1001 }] },
    });
    expect(await taken('logical')).toMatchObject({ site: 'secondary', note: undefined });
  }, 300_000);

  it('is read from the active site, and says so, where the standby has not replayed for long', async () => {
    await world.standby.member.query('select pg_wal_replay_pause()');
    await query('create table noise as select n, repeat(md5(n::text), 60) as filler from generate_series(1, 45000) n');
    expect(await taken()).toMatchObject({
      site: 'primary',
      note: expect.stringMatching(/novacron was read from the active site: secondary is \d+ bytes behind/u) as string,
    });
    await world.standby.member.query('select pg_wal_replay_resume()');
    const { position } = await world.postgres.member.status();
    await world.standby.member.waitForReplay(position ?? '0/0');
  }, 200_000);

  it('goes on at the active site, and says so, when the standby is lost in the middle of it', async () => {
    const backupId = await world.run({});
    await eventually(async () => (await copies()).length > 0, { what: 'a copy under way', timeoutMs: 60_000 });
    await world.standby.kill();
    const { note } = await world.events.ofBackup('backup-completed', backupId, 120_000);
    expect(note).toContain('read from the active site: secondary does not answer');
    await world.events.ofBackup('backup-replicated', backupId, 120_000);
    expect(await world.repository.verify('dr', backupId)).toMatchObject({ good: true });
  }, 300_000);
});
