import 'reflect-metadata';
import { eventually } from '@novacron/bus/testing';
import { archiveSlot } from './archiving/wal-source.js';
import { BackupWorld } from './testing/backup-world.js';

describe('the WAL archive of a server that does not wait for it', () => {
  let world: BackupWorld;
  const query = (sql: string) => world.postgres.member.query(sql);
  const slot = async () => (await world.postgres.member.replicationSlots()).find(({ name }) => name === archiveSlot);

  beforeAll(async () => {
    world = await BackupWorld.start();
    for (const setting of [
      "max_slot_wal_keep_size = '1MB'",
      "wal_keep_size = '0'",
      "max_wal_size = '32MB'",
      "min_wal_size = '32MB'",
    ])
      await query(`alter system set ${setting}`);
    await query('select pg_reload_conf()');
    await eventually(async () => (await slot())?.active, { what: 'a receiver', timeoutMs: 60_000 });
  }, 120_000);
  afterAll(() => world?.stop());

  /** So much WAL while nobody receives that the server removes what the slot asks for. */
  const outrun = async (): Promise<void> => {
    await query('create table if not exists noise (n int)');
    for (let segment = 0; segment < 8; segment += 1) {
      await query('insert into noise values (1)');
      await query('select pg_switch_wal()');
    }
    await query('checkpoint');
  };

  it('says that the slot was lost, and what that means, and goes on with a new one', async () => {
    await world.stopService();
    await eventually(
      async () => {
        await outrun();
        return (await slot())?.walStatus === 'lost';
      },
      { what: 'a lost slot', timeoutMs: 60_000 },
    );
    await world.startService();
    const troubles = (fault: string) =>
      world.events
        .named('wal-archive-troubled')
        .filter(({ data }) => data['fault'] === fault && data['state'] === 'found');
    const lost = await eventually(() => troubles('slot-lost')[0], { what: 'the alarm', timeoutMs: 60_000 });
    expect(lost.data).toMatchObject({ component: 'novacron', site: 'primary' });
    await eventually(async () => (await slot())?.active, { what: 'a receiver', timeoutMs: 60_000 });
    const gap = await eventually(() => troubles('gap')[0], { what: 'the gap', timeoutMs: 60_000 });
    expect(String(gap.data['reason'])).toMatch(/[0-9A-F]+\/[0-9A-F]+/u);
  }, 200_000);

  it('warns where commits wait for it, as for a standby', async () => {
    await query("alter system set synchronous_standby_names = '*'");
    await query('select pg_reload_conf()');
    try {
      const warned = () => world.lines.some((line) => line.includes('commits wait for the WAL archive'));
      await eventually(warned, { what: 'the warning', timeoutMs: 60_000 });
    } finally {
      await query('alter system reset synchronous_standby_names');
      await query('select pg_reload_conf()');
    }
  }, 90_000);

  it('says that WAL is missing when somebody has dropped the slot', async () => {
    const before = world.events.named('wal-archive-troubled').length;
    await world.stopService();
    await query(`select pg_drop_replication_slot('${archiveSlot}')`);
    await outrun();
    await outrun();
    await world.startService();
    const gap = await eventually(
      () =>
        world.events
          .named('wal-archive-troubled')
          .slice(before)
          .find(({ data }) => data['fault'] === 'gap'),
      { what: 'the gap', timeoutMs: 60_000 },
    );
    expect(gap.data).toMatchObject({ component: 'novacron', state: 'found' });
  }, 200_000);
});
