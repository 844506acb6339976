import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import type { ReceiveWal } from '@novacron/drivers';
import {
  postgres17Bin,
  startPostgres,
  startStandbyOf,
  temporaryFolder,
  type TestPostgres,
  usePostgres17,
} from '@novacron/drivers/testing';
import { defaultSegmentSizeBytes, parseLsn, segmentAt, segmentName } from '@novacron/repository';
import type { DatabaseSource } from '../adapters/backup-sources.js';
import { WalSource } from './wal-source.js';

const size = defaultSegmentSizeBytes;

for (const version of [15, 17])
  // Counted as skipped, by name, where set-up found no PostgreSQL 17.
  (version === 17 && postgres17Bin === undefined ? describe.skip : describe)(
    `a receiver of PostgreSQL ${version} that was cut off where a timeline ends with a segment`,
    () => {
      const folder = temporaryFolder('border');
      let useOurs: () => void = () => undefined;
      let primary: TestPostgres;
      let secondary: TestPostgres;
      let receiver: ReceiveWal | undefined;
      let source: WalSource;
      let border: bigint;

      beforeAll(async () => {
        if (version === 17) useOurs = usePostgres17();
        primary = await startPostgres({ name: 'primary' });
        secondary = await startStandbyOf(primary);
        await primary.member.query('select pg_switch_wal()');
        const { position } = await primary.member.status();
        await secondary.member.waitForReplay(position ?? '0/0');
        await primary.kill();
        border = parseLsn((await secondary.member.promote()).switchLsn ?? '0/0');
        expect(border % BigInt(size)).toBe(0n);
        const database: Pick<DatabaseSource, 'members' | 'replication'> = {
          members: new Map([['secondary', secondary.member]]),
          replication: secondary.replication,
        };
        source = (await WalSource.open(database as DatabaseSource, 'secondary')) as WalSource;
        await source.makeSlot();
      }, 120_000);
      afterAll(async () => {
        await receiver?.stop();
        await Promise.all([primary?.stop(), secondary?.stop()]);
        folder.remove();
        useOurs();
      });

      it('goes on with the timeline that follows', async () => {
        const last = segmentName({ timeline: 1, number: segmentAt(border, size) - 1n }, size);
        copyFileSync(join(secondary.dataDir, 'pg_wal', last), join(folder.path, last));
        const lines: string[] = [];
        receiver = source.receiver(folder.path, (line) => lines.push(line));
        receiver.start();
        const target = parseLsn((await secondary.member.status()).position ?? '0/0');
        const received = async (): Promise<boolean> => ((await source.received()) ?? 0n) >= target;
        await eventually(received, { what: 'WAL behind the border', timeoutMs: 15_000 }).catch((error: unknown) => {
          throw new Error(`nothing was received: ${lines.join('\n')}`, { cause: error });
        });
        expect(readdirSync(folder.path)).toEqual(expect.arrayContaining([last, '00000002.history']));
        await receiver.stop();
      }, 60_000);
    },
  );
