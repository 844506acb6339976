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
    for (const setting of ["wal_keep_size = '0'", "max_wal_size = '32MB'", "min_wal_size = '32MB'"])
      await query(`alter system set ${setting}`);
    await keepAtMost('1MB');
    await eventually(async () => (await slot())?.active, { what: 'a receiver', timeoutMs: 60_000 });
  }, 120_000);
  afterAll(() => world?.stop());

  const keepAtMost = async (size: string): Promise<void> => {
    await query(`alter system set max_slot_wal_keep_size = '${size}'`);
    await query('select pg_reload_conf()');
  };

  /** So much WAL while nobody receives that the server removes what the slot asks for. */
  const outrun = async (): Promise<void> => {
    await query('create table if not exists noise (n int)');
    for (let segment = 0; segment < 8; segment += 1) {
      await query('insert into noise values (1)');
      await query('select pg_switch_wal()');
    }
    await query('checkpoint');
  };

  /** While our receiver is shut out of a server that goes on. */
  const shutOut = async (work: () => Promise<unknown>): Promise<void> => {
    await query('alter role dr_replication noreplication');
    try {
      await query('select pg_terminate_backend(active_pid) from pg_replication_slots where active');
      await eventually(async () => (await slot())?.active === false, { what: 'no receiver', timeoutMs: 30_000 });
      await work();
    } finally {
      await query('alter role dr_replication replication');
    }
  };
  const told = (fault: string, state: string) =>
    world.events.named('wal-archive-troubled').filter(({ data }) => data['fault'] === fault && data['state'] === state);

  it('goes on by itself when it was cut off for so long that its slot is lost, and a full backup closes the gap', async () => {
    await shutOut(async () =>
      eventually(
        async () => {
          await outrun();
          return (await slot())?.walStatus === 'lost';
        },
        { what: 'a lost slot', timeoutMs: 60_000 },
      ),
    );
    const lost = await eventually(() => told('slot-lost', 'found')[0], { what: 'the alarm', timeoutMs: 60_000 });
    expect(lost.data).toMatchObject({ component: 'novacron', site: 'primary' });
    await eventually(() => told('gap', 'found')[0], { what: 'the gap', timeoutMs: 60_000 });
    await eventually(() => told('slot-lost', 'over')[0], { what: 'the end of the alarm', timeoutMs: 60_000 });
    // A slot that may keep less than a segment would be lost to the WAL of the backup itself.
    await keepAtMost('-1');
    await world.events.ofBackup('backup-completed', await world.run({ reason: 'test' }), 120_000);
    await keepAtMost('1MB');
    await eventually(() => told('gap', 'over')[0], { what: 'the end of the gap', timeoutMs: 60_000 });
  }, 300_000);

  it.each([
    { what: 'drops its slot', instead: 'select 1', says: 'the replication slot is gone' },
    {
      what: 'makes its slot anew',
      instead: `select pg_create_physical_replication_slot('${archiveSlot}', true)`,
      says: 'the server has no WAL any more from',
    },
  ])(
    'goes on by itself when somebody $what, and says what is missing',
    async ({ instead, says }) => {
      const [lines, silences] = [world.lines.length, told('not-received', 'found').length];
      const ends = told('not-received', 'over').length;
      await shutOut(async () => {
        await query(`select pg_drop_replication_slot('${archiveSlot}')`);
        await outrun();
        await outrun();
        await query(instead);
        const alarm = await eventually(() => told('not-received', 'found')[silences], {
          what: 'the alarm',
          timeoutMs: 60_000,
        });
        expect(alarm.data['reason']).toContain('the last one said');
      });
      const begun = () => world.lines.slice(lines).some((line) => line.includes('begins anew') && line.includes(says));
      await eventually(begun, { what: says, timeoutMs: 60_000 });
      await eventually(() => told('not-received', 'over')[ends], { what: 'WAL again', timeoutMs: 60_000 });
      const gapStands = () => told('gap', 'found').length > told('gap', 'over').length;
      await eventually(gapStands, { what: 'the gap', timeoutMs: 60_000 });
      expect((await slot())?.active).toBe(true);
    },
    200_000,
  );

  it('says that the slot was lost, and what that means, and goes on with a new one', async () => {
    const [losses, gaps] = [told('slot-lost', 'found').length, told('gap', 'found').length];
    await world.stopService();
    await eventually(
      async () => {
        await outrun();
        return (await slot())?.walStatus === 'lost';
      },
      { what: 'a lost slot', timeoutMs: 60_000 },
    );
    await world.startService();
    const lost = await eventually(() => told('slot-lost', 'found')[losses], { what: 'the alarm', timeoutMs: 60_000 });
    expect(lost.data).toMatchObject({ component: 'novacron', site: 'primary' });
    await eventually(async () => (await slot())?.active, { what: 'a receiver', timeoutMs: 60_000 });
    const gap = await eventually(() => told('gap', 'found')[gaps], { what: 'the gap', timeoutMs: 60_000 });
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
