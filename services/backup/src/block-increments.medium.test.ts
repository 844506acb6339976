import 'reflect-metadata';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import { type Accepted, VerifyBackup } from '@novacron/contracts';
import { handOver, postgres17Bin, usePostgres17 } from '@novacron/drivers/testing';
import { parseLsn } from '@novacron/repository';
import { BackupWorld } from './testing/backup-world.js';
import { RestorationBeside } from './testing/restoration-beside.js';

const with17 = postgres17Bin === undefined ? describe.skip : describe;

with17('a block-incremental backup (skipped where set-up found no PostgreSQL 17)', () => {
  let useOurs = usePostgres17();
  let world: BackupWorld;
  let restoration: RestorationBeside;
  const backups: string[] = [];
  const [full, first, second] = [0, 1, 2].map((index) => (): string => backups[index] ?? '');
  const query = (sql: string) => world.postgres.member.query(sql);

  beforeAll(async () => {
    world = await BackupWorld.start();
    restoration = new RestorationBeside(world);
    const place = join(world.estate.folder, 'fast disc');
    mkdirSync(place, { mode: 0o700 });
    handOver(place);
    await query(`create tablespace fast location '${place}'`);
    await query('create table orders (n int primary key, filler text)');
    await query('insert into orders select n, repeat(md5(n::text), 20) from generate_series(1, 20000) n');
    await query('create table hot (n int) tablespace fast');
  }, 200_000);
  afterAll(async () => {
    await restoration?.stop();
    await world?.stop();
    useOurs();
  });

  const asked = 'select (select count(*)::int from orders) as orders, (select sum(n)::int from hot) as hot';
  const backup = async (kind: 'full' | 'incremental') => {
    const backupId = await world.run({ kind, reason: 'test' });
    const completed = await world.events.ofBackup('backup-completed', backupId, 120_000);
    await world.events.ofBackup('backup-replicated', backupId, 120_000);
    backups.push(backupId);
    return completed;
  };

  it('is refused with what to do where the server does not note which blocks change', async () => {
    await expect(world.run({ kind: 'incremental' })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('summarize_wal is off') as string,
      hint: expect.stringContaining('set summarize_wal = on') as string,
    });
    await query('alter system set summarize_wal = on');
    await query('select pg_reload_conf()');
  });

  it('copies the blocks that have changed, each on top of the one before', async () => {
    const whole = await backup('full');
    await query('insert into hot values (1)');
    const one = await backup('incremental');
    await query('update hot set n = 5');
    await query('insert into orders values (0)');
    const two = await backup('incremental');
    expect(one).toMatchObject({
      ...{ kind: 'incremental', parentBackupId: full?.() },
      parts: [{ component: 'novacron', kind: 'postgres-incremental' }],
      note: expect.stringContaining('the blocks that have changed since') as string,
    });
    expect(two).toMatchObject({ parentBackupId: first?.() });
    expect(Number(one['sizeBytes'])).toBeLessThan(Number(whole['sizeBytes']) / 4);
    const unchanged = await world.run({ kind: 'incremental' });
    expect(await world.events.ofBackup('backup-unchanged', unchanged)).toMatchObject({ parentBackupId: second?.() });
  }, 200_000);

  it('is restored together with all that it builds on, by itself and to a moment after it', async () => {
    const last = await restoration.restore({ component: 'novacron', backupId: second?.(), store: 'dr', query: asked });
    expect(last).toMatchObject({ state: 'completed', structure: 'clean', rows: [{ orders: 20_001, hot: 5 }] });
    await query('insert into hot values (7)');
    const { lsn } = await world.postgres.member.flushedInsertLsn();
    const isArchived = async (): Promise<boolean> => {
      const { windows } = await world.repository.recoveryWindows('primary');
      return windows.some(({ untilLsn }) => parseLsn(untilLsn) >= parseLsn(lsn));
    };
    await eventually(isArchived, { what: 'the archive', timeoutMs: 60_000 });
    const newest = await restoration.restore({ component: 'novacron', query: asked });
    expect(newest).toMatchObject({ state: 'completed', backupId: second?.(), rows: [{ orders: 20_001, hot: 12 }] });
  }, 200_000);

  it('is verified together with its chain, and named when the chain is broken', async () => {
    const whole = new VerifyBackup({ backupId: second?.(), store: 'primary', structure: true });
    const { operationId } = await world.bus.request<Accepted>(whole, { timeoutMs: 10_000 });
    const { entries } = await eventually(
      async () => {
        const listing = await world.repository.catalog('primary').list();
        const marks = listing.entries.flatMap((entry) => entry.marks);
        return marks.some((mark) => mark.operationId === operationId) ? listing : undefined;
      },
      { what: 'a verdict', timeoutMs: 90_000 },
    );
    const verdict = entries.flatMap(({ marks }) => marks).find((mark) => mark.operationId === operationId);
    expect(verdict).toMatchObject({ mark: 'verified', backupId: second?.() });

    const folder = join(world.estate.storeFolder('dr'), 'backups', first?.() ?? '', 'novacron');
    const base = readdirSync(folder).find((name) => name.startsWith('base.')) ?? '';
    rmSync(join(folder, base));
    await world.bus.request(new VerifyBackup({ store: 'dr' }), { timeoutMs: 10_000 });
    const { data } = await eventually(() => world.events.named('repository-verified')[0], {
      what: 'the store verified',
      timeoutMs: 60_000,
    });
    expect(data).toMatchObject({ store: 'dr', good: false });
    expect(data['problems']).toEqual(
      expect.arrayContaining([
        { path: `backups/${first?.()}/novacron/${base}`, problem: expect.any(String) as string },
        { path: `backups/${second?.()}/`, problem: `needs ${first?.()}, which is damaged` },
      ]),
    );
    const refused = restoration.restore({ component: 'novacron', backupId: second?.(), store: 'dr' });
    await expect(refused).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  }, 200_000);

  it('is a full one instead, and says so, where what the server had noted is gone', async () => {
    const [{ lsn } = { lsn: '' }] = await world.postgres.member.query<{ lsn: string }>(
      'select pg_current_wal_insert_lsn()::text as lsn',
    );
    const noted = `select 1 from pg_available_wal_summaries() where end_lsn > '${lsn}'`;
    await eventually(
      async () => {
        await query('checkpoint');
        return (await query(noted)).length > 0;
      },
      { what: 'a summary', timeoutMs: 60_000 },
    );
    const summaries = join(world.postgres.dataDir, 'pg_wal/summaries');
    for (const name of readdirSync(summaries)) rmSync(join(summaries, name));
    await query('insert into orders values (-1)');
    const backupId = await world.run({ kind: 'incremental', reason: 'nightly' });
    expect(await world.events.ofBackup('backup-started', backupId)).toMatchObject({
      kind: 'full',
      reason: expect.stringMatching(/^nightly: full, as novacron: summaries of its WAL from \S+ are gone/u) as string,
    });
    await world.events.ofBackup('backup-replicated', backupId, 120_000);
  }, 200_000);

  it('is refused, with the package to install, where the tools are of an older version than the server', async () => {
    useOurs();
    try {
      await expect(world.run({ kind: 'full' })).rejects.toMatchObject({
        code: 'PROGRAM_MISSING',
        message: expect.stringMatching(
          /novacron is PostgreSQL 17, and the programs here are of version \d+/u,
        ) as string,
        hint: expect.stringContaining('postgresql-17') as string,
      });
    } finally {
      useOurs = usePostgres17();
    }
  });
});
