import 'reflect-metadata';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import { type BackupList, CancelBackup, DrillBackup, QueryBackupList } from '@novacron/contracts';
import { runningPostmaster } from '@novacron/drivers';
import { handOver } from '@novacron/drivers/testing';
import { BackupWorld } from '../testing/backup-world.js';

const restoration = join(import.meta.dirname, '../../../restoration/dist/main.js');
const hook =
  'echo "$DR_BACKUP_OUTCOME $DR_BACKUP_KIND $DR_BACKUP_COMPONENTS" >> hooks.log; while [ -f hold ]; do sleep 0.1; done';

describe('a backup, around it and after it', () => {
  let world: BackupWorld;
  let child: ChildProcess | undefined;
  const inEstate = (name: string): string => join(world.estate.folder, name);

  beforeAll(async () => {
    const hooks = ['before', 'after'].map(
      (when) => `    - { name: ${when}, when: ${when}, command: [sh, -c, '${hook}'] }\n`,
    );
    world = await BackupWorld.start({
      backup: `  hooks:\n${hooks.join('')}`,
      schedules: '    - { name: prove, kind: restore-drill, every: 2s, jitter: 500ms }\n',
    });
    child = spawn(process.execPath, [restoration], {
      env: { ...process.env, DR_ESTATE: world.estate.file, DR_NATS_URL: world.nats.url, DR_HTTP_PORT: '0' },
      stdio: 'ignore',
    });
  });
  afterAll(async () => {
    rmSync(inEstate('hold'), { force: true });
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    const scratch = inEstate('services/restoration');
    for (const name of existsSync(scratch) ? readdirSync(scratch) : []) {
      const pid = runningPostmaster(join(scratch, name, 'data'));
      if (pid !== undefined) process.kill(pid, 'SIGQUIT');
    }
    await world?.stop();
  });

  it('has no drill while there is nothing that was verified', async () => {
    await expect(world.bus.request(new DrillBackup({}))).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      hint: expect.stringContaining('backup.run') as string,
    });
    await expect(world.bus.request(new DrillBackup({ component: 'sessions' }))).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
  });

  it('is cancelled while a hook holds it, leaves nothing, and the hooks after it know', async () => {
    writeFileSync(inEstate('hold'), '');
    const backupId = await world.run({});
    await eventually(() => existsSync(inEstate('hooks.log')), { timeoutMs: 30_000, what: 'the hook' });
    rmSync(inEstate('hold'));
    writeFileSync(inEstate('hold'), '');
    const running = await world.bus.request<BackupList>(new QueryBackupList({ all: true }));
    expect(running.backups).toMatchObject([{ backupId, state: 'RUNNING', status: 'running' }]);
    expect((await world.bus.request<BackupList>(new QueryBackupList({}))).backups).toEqual([]);

    await world.bus.request(new CancelBackup({ backupId, by: 'jane', reason: 'wrong moment' }));
    rmSync(inEstate('hold'));
    const failed = await eventually(
      () => world.events.named('backup-failed').find(({ data }) => data['backupId'] === backupId),
      { timeoutMs: 30_000, what: 'the end of what was cancelled' },
    );
    expect(failed.data['reason']).toContain('wrong moment');
    expect(readFileSync(inEstate('hooks.log'), 'utf8')).toBe('begins full novacron\nfailed full novacron\n');
    const { backups } = await world.bus.request<BackupList>(new QueryBackupList({ all: true }));
    expect(backups).toMatchObject([
      { backupId, state: 'FAILED', reason: expect.stringContaining('wrong moment') as string },
    ]);
    expect((await world.repository.catalog('primary').list()).uncommitted).toEqual([]);
    await expect(world.bus.request(new CancelBackup({ backupId: 'backup-20200101-000000' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('is restored aside by its schedule, tablespaces beside it, compared with what was written, timed, removed, and then DRILLED', async () => {
    const { member } = world.postgres;
    await member.query('create table orders as select generate_series(1, 5000) as n');
    const place = inEstate('fast disc');
    mkdirSync(place, { mode: 0o700 });
    handOver(place);
    await member.query(`create tablespace fast location '${place}'`);
    await member.query('create table hot (n int primary key using index tablespace fast) tablespace fast');
    await member.query('insert into hot select generate_series(1, 5000)');
    const backupId = await world.run({});
    await world.events.ofBackup('backup-replicated', backupId);
    const { data } = await eventually(() => world.events.named('backup-drilled')[0], {
      timeoutMs: 120_000,
      what: 'the drill',
    });
    expect(data).toMatchObject({
      backupId,
      store: 'primary',
      component: 'novacron',
      rtoMs: 3_600_000,
      withinRto: true,
    });
    expect(data['heartbeatFound']).toBeGreaterThanOrEqual(Number(data['heartbeatExpected']));
    expect(data['durationMs']).toBeGreaterThan(0);
    const { backups } = await world.bus.request<BackupList>(new QueryBackupList({ store: 'primary' }));
    expect(backups[0]).toMatchObject({ backupId, state: 'DRILLED' });
    const marksIn = async (store: string): Promise<string[]> =>
      (await world.repository.catalog(store).show(backupId)).marks.map(({ mark }) => mark);
    expect(await marksIn('primary')).toEqual(expect.arrayContaining(['verified', 'restored', 'drilled']));
    // Nothing was read from there.
    expect(await marksIn('dr')).not.toContain('restored');
    await eventually(() => !existsSync(join(inEstate('services/restoration'), String(data['operationId']))), {
      what: 'nothing of the drill is left',
    });
    const [component] = (await world.repository.catalog('primary').read(backupId)).components;
    expect(component?.tablespaces).toMatchObject([{ name: 'fast', location: place }]);
    // The live one, which the drill could have taken for its own, is as it was.
    expect(await member.query('select count(*)::int as rows from hot')).toEqual([{ rows: 5000 }]);
    const outcomes = readFileSync(inEstate('hooks.log'), 'utf8').trim().split('\n').slice(-2);
    expect(outcomes).toEqual(['begins full novacron', 'completed full novacron']);
  }, 150_000);
});
