import 'reflect-metadata';
import { Epochs } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import { QueryRecoveryWindow, type RecoveryWindow } from '@novacron/contracts';
import { postgres17Bin, usePostgres17 } from '@novacron/drivers/testing';
import { defaultSegmentSizeBytes, parseLsn } from '@novacron/repository';
import { archiveSlot } from './archiving/wal-source.js';
import { BackupWorld } from './testing/backup-world.js';
import { RestorationBeside } from './testing/restoration-beside.js';

const size = BigInt(defaultSegmentSizeBytes);

for (const version of [15, 17])
  // Counted as skipped, by name, where set-up found no PostgreSQL 17.
  (version === 17 && postgres17Bin === undefined ? describe.skip : describe)(
    `a promotion of PostgreSQL ${version} at the border of two segments`,
    () => {
      let useOurs: () => void = () => undefined;
      let world: BackupWorld;
      let restoration: RestorationBeside;
      let backupId: string;
      const moments: Record<'before' | 'at' | 'past', string> = { before: '', at: '', past: '' };

      beforeAll(async () => {
        if (version === 17) useOurs = usePostgres17();
        world = await BackupWorld.start({ as: 'process', withStandby: true });
        restoration = new RestorationBeside(world);
        await world.postgres.member.query('create table orders as select generate_series(1, 1000) as n');
        backupId = await eventually(() => world.run({}), { what: 'the service', timeoutMs: 60_000 });
        await world.events.ofBackup('backup-replicated', backupId, 120_000);
      }, 200_000);
      afterAll(async () => {
        world?.process.thaw();
        await restoration?.stop();
        await world?.stop();
        useOurs();
      });

      const received = async (lsn: string): Promise<boolean> => {
        const links = await world.postgres.member.replicationLinks();
        const flushed = links.find(({ slot }) => slot === archiveSlot)?.flushLsn ?? '0/0';
        return parseLsn(flushed) >= parseLsn(lsn);
      };
      /** By the server's clock, to the microsecond: a commit of the same millisecond lies on its right side. */
      const now = async (server = world.postgres): Promise<string> => {
        const format = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
        const sql = 'select to_char(clock_timestamp() at time zone $1, $2) as now';
        const [row] = await server.member.query<{ now: string }>(sql, ['utc', format]);
        return row?.now ?? '';
      };

      /** Until nothing is written behind the border any more: a last beat, and the server's own notes, may follow a switch. */
      const standAtBorder = async (): Promise<string> => {
        const { postgres, standby } = world;
        return eventually(
          async () => {
            await postgres.member.query('select pg_switch_wal()');
            const position = (await postgres.member.status()).position ?? '';
            await eventually(() => received(position), { what: 'the border, received', timeoutMs: 30_000 });
            await standby.member.waitForReplay(position);
            const after = (await postgres.member.status()).position;
            return position === after && parseLsn(position) % size === 0n ? position : undefined;
          },
          { what: 'a server that stands at a border', timeoutMs: 60_000 },
        );
      };

      it('is archived over without a gap', async () => {
        const { postgres, standby, process } = world;
        moments.before = await now();
        await postgres.member.query('insert into orders values (0)');
        // Frozen, it beats no more; its receiver goes on.
        process.freeze();
        const border = await standAtBorder();
        moments.at = await now();
        await postgres.kill();
        const { switchLsn = '' } = await standby.member.promote();
        expect(switchLsn).toBe(border);
        expect(parseLsn(switchLsn) % size).toBe(0n);
        const epochs = await Epochs.open(world.bus.connection, 'novacron');
        await epochs.advance((await epochs.current())?.revision ?? 0, { site: 'secondary', operationId: 'failover-1' });
        await standby.member.query('insert into orders values (-1)');
        moments.past = await now(standby);
        process.thaw();
        const window = await eventually(
          () => world.bus.request<RecoveryWindow>(new QueryRecoveryWindow({ component: 'novacron', at: moments.past })),
          { what: 'a moment past the border in the window', timeoutMs: 60_000 },
        );
        expect(window.spans.map((span) => `${span.backupId} ${span.timeline}`)).toContain(`${backupId} 2`);
        expect(window.spans.filter((span) => 'gap' in span)).toEqual([]);
      }, 180_000);

      it.each([
        ['before', 1000],
        ['at', 1001],
        ['past', 1002],
      ] as const)(
        'is restored over, to %s it',
        async (moment, rows) => {
          const query = 'select count(*)::int as rows from orders';
          const request = { component: 'novacron', targetTime: moments[moment], store: 'dr', query };
          expect(await restoration.restore(request)).toMatchObject({ state: 'completed', rows: [{ rows }] });
        },
        120_000,
      );

      it('is restored over, to all that there is', async () => {
        const query = 'select count(*)::int as rows from orders';
        const report = await restoration.restore({ component: 'novacron', store: 'dr', query });
        expect(report).toMatchObject({ state: 'completed', rows: [{ rows: 1002 }] });
      }, 120_000);
    },
  );
