import 'reflect-metadata';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '@novacron/bus/testing';
import { type Accepted, DrError, PruneBackups, QueryRecoveryWindow, type RecoveryWindow } from '@novacron/contracts';
import { BackupWorld } from '../testing/backup-world.js';
import { wholeRun } from '../testing/killed-at-steps.js';

const fixture = pathToFileURL(join(import.meta.dirname, '../testing/set-clock.fixture.mjs')).href;
const dayMs = 86_400_000;

const inLongForm = wholeRun ? describe : describe.skip;

inLongForm('a service whose clock is set (npm run chaos)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  const file = join(folder, 'offset');
  let world: BackupWorld;
  const backups: string[] = [];

  const setClock = (offsetMs: number): void => {
    writeFileSync(`${file}.new`, String(offsetMs));
    renameSync(`${file}.new`, file);
  };
  /** What is refused while the schedule's own backup runs is asked again. */
  const besideTheSchedule = <T>(ask: () => Promise<T>): Promise<T> => {
    const answer = async (): Promise<T | undefined> =>
      ask().catch((error: unknown) => {
        if (DrError.from(error).code === 'OPERATION_RUNNING') return undefined;
        throw error;
      });
    return eventually(answer, { what: 'a moment between two backups', timeoutMs: 60_000 });
  };
  const backup = async (): Promise<void> => {
    const backupId = await besideTheSchedule(() => world.run({}));
    await world.events.ofBackup('backup-replicated', backupId, 120_000);
    backups.push(backupId);
  };
  /** A write from now on is in reach of a restore, by the database's clock. */
  const isArchived = async (): Promise<void> => {
    const [row] = await world.postgres.member.query<{ now: Date }>('select clock_timestamp() as now');
    const at = row?.now.toISOString() ?? '';
    await eventually(
      async () => {
        const query = new QueryRecoveryWindow({ component: 'novacron', at });
        const { spans } = await world.bus.request<RecoveryWindow>(query, { timeoutMs: 5_000 });
        return spans.length > 0;
      },
      { what: `${at} in the archive`, timeoutMs: 60_000 },
    );
  };
  const scheduled = (): number =>
    ['backup-started', 'backup-unchanged'].reduce((sum, name) => sum + world.events.named(name).length, 0);
  const scheduleGoesOn = async (): Promise<void> => {
    const before = scheduled();
    await eventually(() => scheduled() > before, { what: 'the schedule', timeoutMs: 60_000 });
  };

  beforeAll(async () => {
    setClock(0);
    world = await BackupWorld.start({
      ...{ as: 'process', environment: { NODE_OPTIONS: `--import=${fixture}`, TEST_CLOCK_FILE: file } },
      schedules: '    - { name: often, kind: incremental, every: 3s, components: [novacron] }\n',
      retention: 'retention: { keepFor: 7d, minimumVerified: 1 }',
    });
    await world.postgres.member.query('create table orders as select generate_series(1, 1000) as n');
    await scheduleGoesOn();
    await backup();
  }, 200_000);
  afterAll(async () => {
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['forty days ahead', 40 * dayMs],
    ['back to where it was', 0],
    ['two hours behind', -7_200_000],
  ])(
    'goes on archiving, backing up and keeping its schedule, and removes nothing, when it is set %s',
    async (_where, offsetMs) => {
      setClock(offsetMs);
      await isArchived();
      await scheduleGoesOn();
      await backup();
      const before = world.events.named('backups-pruned').length;
      const prune = new PruneBackups({ store: 'primary' });
      await besideTheSchedule(() => world.bus.request<Accepted>(prune, { timeoutMs: 20_000 }));
      const pruned = await eventually(() => world.events.named('backups-pruned')[before], {
        ...{ what: 'the end of retention', timeoutMs: 60_000 },
      });
      expect(pruned.data).toMatchObject({ expired: [] });
      expect(pruned.data['kept']).toEqual(expect.arrayContaining(backups));
      for (const name of ['recovery-point-late', 'wal-archive-troubled']) expect(world.events.named(name)).toEqual([]);
      // What else the estate schedules comes due too: a restore drill finds no restoration here. What was asked for has not failed.
      const failed = world.events
        .named('backup-failed')
        .filter(({ data }) => backups.includes(String(data['backupId'])) && data['step'] !== 'restore-aside');
      expect(failed).toEqual([]);
    },
    240_000,
  );
});
