import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { Epochs } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import { postgres17Bin, usePostgres17 } from '@novacron/drivers/testing';
import { BackupWorld } from './testing/backup-world.js';
import { RestorationBeside } from './testing/restoration-beside.js';

interface Kind {
  readonly what: string;
  readonly blocks: boolean;
  readonly part: string;
}

const kinds: readonly Kind[] = [
  { what: 'of stretches of WAL', blocks: false, part: 'postgres-wal' },
  { what: 'of blocks', blocks: true, part: 'postgres-incremental' },
];
// Counted as skipped, by name, where set-up found no PostgreSQL 17.
const describeKind = (kind: Kind) => (kind.blocks && postgres17Bin === undefined ? describe.skip : describe);

for (const kind of kinds)
  describeKind(kind)(`increments ${kind.what} over a promotion`, () => {
    let useOurs: () => void = () => undefined;
    let world: BackupWorld;
    let restoration: RestorationBeside;
    let before: string;

    beforeAll(async () => {
      if (kind.blocks) useOurs = usePostgres17();
      world = await BackupWorld.start({ withStandby: true });
      restoration = new RestorationBeside(world);
      if (kind.blocks)
        for (const { member } of [world.postgres, world.standby])
          for (const sql of ['alter system set summarize_wal = on', 'select pg_reload_conf()']) await member.query(sql);
      await world.postgres.member.query('create table orders as select generate_series(1, 1000) as n');
      before = await world.run({});
      await world.events.ofBackup('backup-replicated', before, 120_000);
    }, 200_000);
    afterAll(async () => {
      await restoration?.stop();
      await world?.stop();
      useOurs();
    });

    it('are refused by name where the parent is of before it', async () => {
      await world.postgres.member.query('insert into orders values (0)');
      const { position } = await world.postgres.member.status();
      await world.standby.member.waitForReplay(position ?? '0/0');
      await world.postgres.kill();
      const epochs = await Epochs.open(world.bus.connection, 'novacron');
      const revision = (await epochs.current())?.revision ?? 0;
      await epochs.advance(revision, { site: 'secondary', operationId: 'failover-1' });
      await world.standby.member.promote();
      await expect(world.run({ kind: 'incremental' })).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
        hint: expect.stringContaining('after every promotion') as string,
        details: [{ problem: `${before}: novacron was promoted since: timeline 1, now 2` }],
      });
    }, 120_000);

    it('are a full backup by schedule, and build on that from then on', async () => {
      await world.stopService();
      const text = readFileSync(world.estate.file, 'utf8');
      const often = '    - { name: often, kind: incremental, every: 2s }\n';
      writeFileSync(world.estate.file, text.replace(/ {4}- \{ name: nightly, .*\n/u, often));
      await world.startService();
      const begun = () =>
        world.events.named('backup-started').find(({ data }) => String(data['reason']).startsWith('schedule often'));
      const { data } = await eventually(begun, { what: 'the schedule', timeoutMs: 60_000 });
      expect(data).toMatchObject({
        ...{ kind: 'full', site: 'secondary' },
        reason: 'schedule often: full, as there is no full backup that an incremental one could build on',
      });
      const full = String(data['backupId']);
      expect(await world.events.ofBackup('backup-completed', full, 120_000)).toMatchObject({ timeline: 2 });
      await world.standby.member.query('insert into orders values (-1)');
      const increment = () =>
        world.events.named('backup-completed').find(({ data: { parentBackupId } }) => parentBackupId === full);
      const next = await eventually(increment, { what: 'an increment on top of it', timeoutMs: 120_000 });
      expect(next.data).toMatchObject({ kind: 'incremental', timeline: 2, parts: [{ kind: kind.part }] });
      const backupId = String(next.data['backupId']);
      await world.events.ofBackup('backup-replicated', backupId, 120_000);
      const query = 'select count(*)::int as rows from orders';
      const report = await restoration.restore({ component: 'novacron', backupId, store: 'dr', query });
      expect(report).toMatchObject({ state: 'completed', rows: [{ rows: 1002 }] });
    }, 300_000);
  });
