import 'reflect-metadata';
import { Epochs } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import { FailoverCompleted, type RunBackup } from '@novacron/contracts';
import { postgres17Bin, usePostgres17 } from '@novacron/drivers/testing';
import { BackupWorld } from './testing/backup-world.js';
import { RestorationBeside } from './testing/restoration-beside.js';

interface Kind {
  readonly what: string;
  readonly asked: Omit<RunBackup, 'components'>;
  /** During which the primary is lost. */
  readonly step: string;
  readonly part: string;
  readonly needs17: boolean;
  /** One row on the primary once the step is in its middle. */
  readonly underWay: string;
}

const kinds: readonly Kind[] = [
  {
    ...{ what: 'a block-incremental backup', asked: { kind: 'incremental' }, needs17: true },
    ...{ step: 'copy-changes', part: 'postgres-incremental' },
    underWay: 'select 1 from pg_stat_progress_basebackup where backup_streamed > 0',
  },
  {
    ...{ what: 'a dump', asked: { kind: 'full', form: 'logical' }, needs17: false },
    ...{ step: 'logical-dump', part: 'postgres-logical' },
    // It waits for the table that the test has locked.
    underWay: `select 1 from pg_stat_activity where application_name = 'novacron-dr-backup' and wait_event_type = 'Lock'`,
  },
];
// Counted as skipped, by name, where set-up found no PostgreSQL 17.
const describeKind = (kind: Kind) => (kind.needs17 && postgres17Bin === undefined ? describe.skip : describe);

for (const kind of kinds)
  describeKind(kind)(`${kind.what} whose primary is lost in the middle of it`, () => {
    let useOurs: () => void = () => undefined;
    let world: BackupWorld;
    let restoration: RestorationBeside;
    const rows = 'select count(*)::int as rows from orders';
    const query = (sql: string) => world.postgres.member.query(sql);

    beforeAll(async () => {
      if (kind.needs17) useOurs = usePostgres17();
      // Slow enough that a copy can be met in its middle.
      world = await BackupWorld.start({ withStandby: true, backup: '  maxRate: 8M\n' });
      restoration = new RestorationBeside(world);
      if (kind.needs17)
        for (const sql of ['alter system set summarize_wal = on', 'select pg_reload_conf()']) await query(sql);
      await query('create table orders as select generate_series(1, 1000) as n');
      await world.events.ofBackup('backup-replicated', await world.run({ kind: 'full' }), 120_000);
    }, 200_000);
    afterAll(async () => {
      await restoration?.stop();
      await world?.stop();
      useOurs();
    });

    /** A table that a dump waits for as long as the server lives. */
    const lockOrders = async (): Promise<void> => {
      query('begin; lock table orders; select pg_sleep(60); commit').catch(() => undefined);
      const locks = `select 1 from pg_locks where mode = 'AccessExclusiveLock' and relation = 'orders'::regclass`;
      await eventually(async () => (await query(locks)).length > 0, { what: 'the lock' });
    };
    let tables = 0;
    /** Enough to copy for the copy to be met in its middle: its rate is counted in compressed bytes, so it must not compress well. */
    const changeMuch = (): Promise<unknown> =>
      query(`create table noise_${(tables += 1)} as select (select string_agg(md5(random()::text || n || m), '')
        from generate_series(1, 60) m) from generate_series(1, 8000) n`);

    /** A backup that reads the primary, which is killed while it does. */
    const cutShort = async (): Promise<string> => {
      await (kind.step === 'logical-dump' ? lockOrders() : changeMuch());
      const backupId = await world.run(kind.asked);
      const isUnderWay = async (): Promise<boolean> => (await query(kind.underWay)).length > 0;
      // PostgreSQL may take a minute to have summarised the WAL that a copy of changes needs.
      await eventually(isUnderWay, { what: `${kind.step} under way`, timeoutMs: 150_000 });
      await world.postgres.kill();
      return backupId;
    };

    it('is taken again when that comes back, and can be restored', async () => {
      const backupId = await cutShort();
      await world.postgres.member.start();
      expect(await world.events.ofBackup('backup-completed', backupId, 120_000)).toMatchObject({
        parts: [{ component: 'novacron', kind: kind.part }],
      });
      await world.events.ofBackup('backup-replicated', backupId, 120_000);
      const asked = { component: 'novacron', backupId, store: 'dr', query: rows };
      expect(await restoration.restore(asked)).toMatchObject({
        ...{ state: 'completed', structure: 'clean', rows: [{ rows: 1000 }] },
      });
    }, 360_000);

    it('fails with the reason when another is promoted meanwhile, and is never in the catalog', async () => {
      const { position } = await world.postgres.member.status();
      await world.standby.member.waitForReplay(position ?? '0/0');
      const backupId = await cutShort();
      const epochs = await Epochs.open(world.bus.connection, 'novacron');
      const revision = (await epochs.current())?.revision ?? 0;
      await epochs.advance(revision, { site: 'secondary', operationId: 'failover-1' });
      const { timeline, switchLsn = '' } = await world.standby.member.promote();
      await world.bus.publish(
        new FailoverCompleted({
          ...{ operationId: 'failover-1', fromSite: 'primary', toSite: 'secondary', mode: 'unplanned', epoch: 2 },
          ...{ fenceLevel: 'L3', durationMs: 1, timeline, switchLsn },
        }),
        { id: 'told' },
      );
      const failed = await eventually(
        () => world.events.named('backup-failed').find(({ data }) => data['backupId'] === backupId),
        { what: 'the end of the backup of the lost primary', timeoutMs: 120_000 },
      );
      expect(failed.data).toMatchObject({ step: kind.step, reason: expect.stringMatching(/\S/u) as string });
      const next = await eventually(
        () => world.events.named('backup-completed').find(({ data }) => data['timeline'] === 2),
        { what: 'the full backup of the new primary', timeoutMs: 120_000 },
      );
      expect(next.data).toMatchObject({ kind: 'full' });
      for (const store of ['primary', 'dr']) {
        const { entries } = await world.repository.catalog(store).list();
        expect(entries.map((entry) => entry.backupId)).not.toContain(backupId);
      }
    }, 360_000);
  });

describe('a dump of a standby that is promoted in the middle of it', () => {
  let world: BackupWorld;

  beforeAll(async () => {
    world = await BackupWorld.start({ withStandby: true, backup: '  source: standby\n' });
    await world.postgres.member.query('create table orders as select generate_series(1, 1000) as n');
  }, 150_000);
  afterAll(() => world?.stop());

  it('is no backup: it fails with the reason', async () => {
    const { member } = world.postgres;
    member
      .query('begin; lock table orders; select pg_switch_wal(); select pg_sleep(60); commit')
      .catch(() => undefined);
    const locks = `select 1 from pg_locks where mode = 'AccessExclusiveLock' and relation = 'orders'::regclass`;
    const onStandby = async (sql: string): Promise<boolean> => (await world.standby.member.query(sql)).length > 0;
    await eventually(() => onStandby(locks), { what: 'the lock on the standby' });
    const backupId = await world.run({ kind: 'full', form: 'logical' });
    const waits = `select 1 from pg_stat_activity where application_name = 'novacron-dr-backup' and wait_event_type = 'Lock'`;
    await eventually(() => onStandby(waits), { what: 'the dump under way', timeoutMs: 60_000 });
    await world.postgres.kill();
    await world.standby.member.promote();
    const named = ['backup-failed', 'backup-completed'];
    const { name, data } = await eventually(
      () => world.events.all.find((event) => named.includes(event.name) && event.data['backupId'] === backupId),
      { what: 'the end of the dump', timeoutMs: 120_000 },
    );
    expect({ name, step: data['step'] }).toEqual({ name: 'backup-failed', step: 'logical-dump' });
    expect(world.lines.join('')).toMatch(
      /what was dumped began as system \d+ on timeline 1 and ended as .* timeline 2/u,
    );
  }, 200_000);
});
