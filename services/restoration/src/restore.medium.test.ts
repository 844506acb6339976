import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Restore } from '@novacron/contracts';
import { eventually } from '@novacron/bus/testing';
import type { BackupManifest } from '@novacron/repository';
import { RestoreWorld } from './testing/restore-world.js';

describe('a restore', () => {
  let world: RestoreWorld;
  let manifest: BackupManifest;
  let systemId: string;
  let beforeDelete: string;

  beforeAll(async () => {
    world = await RestoreWorld.start();
    const { member } = world.postgres;
    await member.query('create table ledger (id int primary key, amount int not null)');
    await member.query('insert into ledger select i, i * 10 from generate_series(1, 100) i');
    manifest = await world.backup();
    systemId = manifest.components[0]?.systemId ?? '';
    await member.query('insert into ledger select i, i * 10 from generate_series(101, 250) i');
    beforeDelete = await world.now();
    await member.query('delete from ledger');
    await world.archive(systemId);
  }, 90_000);
  afterAll(() => world.stop());

  const count = 'select count(*)::int as rows, sum(amount)::int as total from ledger';

  it('finds at a moment before a bad delete what was there then', async () => {
    const { report, operationId } = await world.restore({
      component: 'novacron',
      targetTime: beforeDelete,
      query: count,
    });

    expect(report).toMatchObject({
      state: 'completed',
      backupId: manifest.backupId,
      store: 'near',
      rows: [{ rows: 250, total: 313_750 }],
      structure: 'clean',
    });
    expect(Date.parse(String(report['recoveredTo']))).toBeLessThanOrEqual(Date.parse(beforeDelete));
    await eventually(() => world.events.some(({ name }) => name === 'recovery-completed'), { what: 'the last event' });
    const told = world.events.filter(({ data }) => data['operationId'] === operationId);
    const [started, chosen, one, other, ...rest] = told.map(
      ({ name, data }) => (data['phase'] as string | undefined) ?? name,
    );
    expect([started, chosen]).toEqual(['recovery-started', 'choose-backup']);
    // The two are fetched side by side.
    expect([one, other].sort()).toEqual(['fetch-backup', 'fetch-wal']);
    expect(rest).toEqual(['recover', 'verify', 'mark-restored', 'release', 'recovery-completed']);
    expect(existsSync(join(world.scratchFolder, operationId))).toBe(false);
  });

  it('takes a backup alone, to its own end, from the store that is named, and marks it as restored', async () => {
    const { report } = await world.restore({
      component: 'novacron',
      backupId: manifest.backupId,
      store: 'far',
      query: count,
    });

    expect(report).toMatchObject({ state: 'completed', store: 'far', rows: [{ rows: 100 }] });
    const { marks } = await world.repository.catalog('far').show(manifest.backupId);
    expect(marks.map(({ mark }) => mark)).toContain('restored');
  });

  it('goes to the end of the archive when no moment is named', async () => {
    const { report } = await world.restore({ component: 'novacron', query: count });

    expect(report).toMatchObject({ state: 'completed', rows: [{ rows: 0 }] });
  });

  it('refuses a moment before the backup with what can be reached, and begins nothing', async () => {
    const before = world.events.length;
    const request = new Restore({ component: 'novacron', targetTime: '2020-01-01T00:00:00Z' });

    await expect(world.bus.request(request)).rejects.toMatchObject({
      code: 'OUTSIDE_RECOVERY_WINDOW',
      hint: expect.stringContaining(`after it ${manifest.components[0]?.completedAt}`),
    });
    expect(world.events.length).toBe(before);
  });

  it('restores to a moment after which nobody committed', async () => {
    await world.postgres.member.query('insert into ledger values (1, 1)');
    const idle = await eventually(
      async () => {
        const now = await world.now();
        return Date.parse(now) > Date.parse(beforeDelete) + 1_000 ? now : undefined;
      },
      { what: 'a second without a commit' },
    );
    await world.archive(systemId);

    const { report } = await world.restore({ component: 'novacron', targetTime: idle, query: count });

    expect(report).toMatchObject({ state: 'completed', rows: [{ rows: 1 }] });
  });

  it('keeps the server for a look when asked to, and lets nobody write through the query', async () => {
    const wish = { component: 'novacron', backupId: manifest.backupId };
    const { report, operationId } = await world.restore({ ...wish, query: count, keep: true });
    const refused = await world.restore({ ...wish, query: 'delete from ledger' });

    expect(report).toMatchObject({ state: 'completed', host: '127.0.0.1', port: expect.any(Number) });
    expect(existsSync(join(world.scratchFolder, operationId, 'data', 'postmaster.pid'))).toBe(true);
    expect(refused.report).toMatchObject({ state: 'rolled-back' });
    expect(readdirSync(world.scratchFolder)).toEqual([operationId]);
    await eventually(() => world.events.some(({ name }) => name === 'recovery-failed'), { what: 'the failure told' });
  });

  it('loads a cache aside, and refuses a dump from which keys are missing', async () => {
    const whole = await world.backupCache({ keys: 50, said: 50 });
    const { report, operationId } = await world.restore({ component: 'sessions', backupId: whole });
    const lacking = await world.restore({
      component: 'sessions',
      backupId: await world.backupCache({ keys: 49, said: 50 }),
    });

    expect(report).toMatchObject({ state: 'completed', keys: 50, backupId: whole });
    expect(existsSync(join(world.scratchFolder, operationId))).toBe(false);
    expect(lacking.report).toMatchObject({
      state: 'rolled-back',
      reason: '49 keys came out of the dump, 50 went in',
    });
  });

  it('falls back on the other store when one has lost the backup', async () => {
    rmSync(join(world.folder.path, 'near'), { recursive: true });

    const { report } = await world.restore({ component: 'novacron', targetTime: beforeDelete, query: count });

    expect(report).toMatchObject({ state: 'completed', store: 'far', rows: [{ rows: 250 }] });
  });
});
