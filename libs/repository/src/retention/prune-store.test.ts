import { DrError } from '@novacron/contracts';
import { manifestKey } from '../catalog/layout.js';
import type { ComponentKind } from '../manifest/backup-manifest.js';
import { openRepository, type Repository } from '../repository.js';
import { parseKeyring } from '../sealing/keyring.js';
import { makeBackup, testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { formatLsn } from '../wal/lsn.js';
import { defaultSegmentSizeBytes, segmentName } from '../wal/segment.js';
import type { RetentionPolicy } from './retention-policy.js';

const systemId = '7300000000000000001';
const policy: RetentionPolicy = { keepForMs: 3 * 24 * 3_600_000, minimumVerified: 2, holds: [] };
const now = new Date('2026-11-24T12:00:00.000Z');

let store: MemoryStore;
let repository: Repository;

/** A backup of a day of November at four o'clock that begins in the segment of that number, and the WAL of that day. */
async function day(
  date: number,
  options: { verified?: boolean; wal?: boolean; parent?: number; kind?: ComponentKind } = {},
): Promise<string> {
  const two = String(date).padStart(2, '0');
  const backupId = `backup-202611${two}-040000`;
  const start = BigInt(date) * BigInt(defaultSegmentSizeBytes);
  await makeBackup(repository, 'near', {
    ...{ backupId, systemId, completedAt: `2026-11-${two}T04:00:10.000Z` },
    ...{ startLsn: formatLsn(start + 0x28n), stopLsn: formatLsn(start + 0x138n) },
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...(options.parent === undefined
      ? {}
      : { parentBackupId: `backup-202611${String(options.parent).padStart(2, '0')}-040000` }),
  });
  if (options.wal !== false) {
    const name = segmentName({ timeline: 1, number: BigInt(date) }, defaultSegmentSizeBytes);
    const lastCommitAt = new Date(`2026-11-${two}T23:59:00.000Z`);
    const bytes = Buffer.alloc(defaultSegmentSizeBytes);
    bytes.write(backupId);
    await repository.wal('near', systemId).append(name, 0, bytes, { lastCommitAt });
  }
  if (options.verified !== false) {
    await repository
      .catalog('near')
      .mark(backupId, { mark: 'verified', store: 'near' }, new Date(`2026-11-${two}T05:00:00.000Z`));
  }
  return backupId;
}

async function prune(changed: Partial<RetentionPolicy> = {}, at = now) {
  const plan = await repository.planPrune('near', { ...policy, ...changed }, at);
  return { plan, report: await repository.prune('near', plan, { now: at }) };
}

const left = async (): Promise<string[]> =>
  (await repository.catalog('near').list()).entries.map(({ backupId }) => backupId.slice(13, 15));

beforeEach(() => {
  store = new MemoryStore('near');
  repository = openRepository({ stores: new Map([['near', store]]), keyring: testKeyring });
});

describe('prune', () => {
  it('keeps what policy keeps, the backup that reaches its beginning, and the WAL from there on', async () => {
    for (let date = 18; date <= 24; date += 1) await day(date);
    const moments = (await repository.recoveryWindows('near')).windows;
    const { report } = await prune();
    // 21 November 04:00:10 is the cutoff: three days before the newest.
    expect(await left()).toEqual(['20', '21', '22', '23', '24']);
    expect(report.expired.map(({ backupId }) => backupId)).toEqual([
      'backup-20261118-040000',
      'backup-20261119-040000',
    ]);
    expect(report).toMatchObject({ removedWalObjects: 2, locked: [] });
    expect(report.freedBytes).toBeGreaterThan(600_000);
    const kept = (await repository.recoveryWindows('near')).windows;
    expect(kept).toEqual(moments.filter(({ earliest }) => earliest >= '2026-11-20'));
    expect((await repository.catalog('near').list()).chain).toEqual([]);
    expect((await prune()).report).toMatchObject({ expired: [], removedObjects: 0, removedWalObjects: 0 });
  });

  it('leaves a signed mark of each removal, by which a theft is told from it', async () => {
    for (let date = 18; date <= 24; date += 1) await day(date);
    await prune();
    expect(store.keys('backups/backup-20261118')).toEqual([expect.stringContaining('/expired-') as string]);
    await store.delete(manifestKey('backup-20261122-040000'));
    const { entries, chain } = await repository.catalog('near').list();
    expect(entries.find(({ backupId }) => backupId.includes('1122'))?.problems[0]?.problem).toContain('is missing');
    expect(chain).toHaveLength(1);
    for (const key of store.keys('backups/backup-20261122')) await store.delete(key);
    const after = await repository.catalog('near').list();
    expect(after.chain).toEqual([
      { path: 'backup-20261123-040000', problem: expect.stringContaining('missing') as string },
    ]);
  });

  it('keeps the least number of verified backups, however old, and whatever garbage is newer', async () => {
    for (const date of [1, 2, 3]) await day(date);
    for (const date of [20, 21, 22, 23]) await day(date, { verified: false });
    store.plant(manifestKey('backup-20261124-000000'), Buffer.from('{"backupId":"backup-20261124-000000"}'));
    const foreign = openRepository({
      stores: new Map([['near', store]]),
      keyring: parseKeyring('x', { x: 'cd'.repeat(32) }),
    });
    await makeBackup(foreign, 'near', {
      backupId: 'backup-20261124-010000',
      systemId,
      completedAt: '2026-11-24T01:00:00.000Z',
    });
    const { plan } = await prune();
    expect(plan.untouched.map(({ backupId }) => backupId)).toEqual([
      'backup-20261124-000000',
      'backup-20261124-010000',
    ]);
    expect(await left()).toEqual(expect.arrayContaining(['02', '03', '20', '21', '22', '23', '24']) as string[]);
  });

  it.each([
    ['one flipped', async (key: string) => store.flipBit(key, 4_000)],
    ['one cut off', async (key: string) => store.truncate(key, 100)],
    ['one removed', async (key: string) => store.delete(key)],
  ])('does not count a backup with %s object when a check has found it', async (_, damage) => {
    for (const date of [1, 2, 23, 24]) await day(date);
    const victim = 'backups/backup-20261124-040000/orders/base.tar';
    await damage(victim);
    if (!(await repository.verify('near', 'backup-20261124-040000')).good) {
      await repository.catalog('near').mark('backup-20261124-040000', { mark: 'refuted', store: 'near' }, now);
    }
    await prune();
    expect(await left()).toEqual(['02', '23', '24']);
  });

  it('removes nothing when the clock leaps ahead, and does not count what is dated ahead', async () => {
    for (let date = 20; date <= 24; date += 1) await day(date);
    await prune({}, new Date('2031-01-01T00:00:00.000Z'));
    expect(await left()).toEqual(['20', '21', '22', '23', '24']);
    await makeBackup(repository, 'near', {
      ...{ backupId: 'backup-20310101-000000', systemId, completedAt: '2031-01-01T00:00:00.000Z' },
      ...{ startLsn: '0/18000028', stopLsn: '0/18000138' },
    });
    const at = new Date('2031-01-01T01:00:00.000Z');
    await repository.catalog('near').mark('backup-20310101-000000', { mark: 'verified', store: 'near' }, at);
    await prune({}, at);
    expect((await left()).length).toBe(6);
  });

  it('keeps all parents of what it keeps, and what is held', async () => {
    await day(1);
    await day(2, { parent: 1 });
    for (const date of [3, 5, 22, 23]) await day(date);
    await day(24, { parent: 2 });
    const { plan } = await prune({ holds: ['backup-20261103-040000'] });
    expect(plan.keep.find(({ backupId }) => backupId.includes('1101'))?.reason).toBe('backup-20261102-040000 needs it');
    expect(await left()).toEqual(['01', '02', '03', '05', '22', '23', '24']);
    await prune();
    expect(await left()).toEqual(['01', '02', '05', '22', '23', '24']);
  });

  it('takes no dump, and no stretch of WAL, for a physical copy', async () => {
    for (const date of [1, 2]) await day(date);
    for (const date of [20, 21, 22]) await day(date, { kind: 'postgres-logical' });
    await day(23, { kind: 'postgres-wal', parent: 2 });
    await day(24, { kind: 'postgres-logical' });
    const { plan } = await prune();
    expect(await left()).toEqual(['01', '02', '20', '21', '22', '23', '24']);
    expect(plan.keep.find(({ backupId }) => backupId.includes('1101'))?.reason).toContain('least number');
  });

  it('keeps an increment of blocks with all that it builds on, and counts none for a whole copy', async () => {
    await day(10);
    for (const date of [11, 12, 13, 14]) await day(date, { kind: 'postgres-incremental', parent: date - 1 });
    const { plan } = await prune();
    expect(plan.expire).toEqual([]);
    expect(plan.keep.find(({ backupId }) => backupId.includes('1110'))?.reason).toContain('reaches the beginning');
    await day(15);
    const short = { keepForMs: 3_600_000, minimumVerified: 1 };
    // The newest from which the beginning of that hour is reached, and all that it builds on.
    await prune(short, new Date('2026-11-15T12:00:00.000Z'));
    expect(await left()).toEqual(['10', '11', '12', '13', '14', '15']);
    await day(16);
    await day(17);
    await prune(short, new Date('2026-11-17T12:00:00.000Z'));
    expect(await left()).toEqual(['16', '17']);
  });

  it('takes no backup for another whose WAL is lost', async () => {
    for (const date of [19, 20]) await day(date);
    for (const date of [21, 22, 23, 24]) await day(date, { wal: false });
    await prune();
    expect(await left()).toEqual(['19', '20', '21', '22', '23', '24']);
  });

  it('keeps history files for ever: without them no later timeline could be followed', async () => {
    await repository.wal('near', systemId).appendHistory(2, '1\t0/1800000\tno recovery target specified\n');
    const before = store.keys('wal/').filter((key) => key.includes('history'));
    expect(before).toHaveLength(1);
    for (let date = 18; date <= 24; date += 1) await day(date);
    const { report } = await prune();
    expect(report.removedWalObjects).toBeGreaterThan(0);
    expect(store.keys('wal/').filter((key) => key.includes('history'))).toEqual(before);
  });

  it('goes on where a crash has cut it short', async () => {
    for (let date = 18; date <= 24; date += 1) await day(date);
    const plan = await repository.planPrune('near', policy, now);
    for (const failing of ['manifest.json', 'orders/base.tar']) {
      store.failNext('head', new DrError('UNREACHABLE', 'away'), `backups/backup-20261118-040000/${failing}`);
      await expect(repository.prune('near', plan, { now })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    }
    await prune();
    expect(await left()).toEqual(['20', '21', '22', '23', '24']);
    expect(store.keys('backups/backup-20261118')).toHaveLength(1);
    expect(store.keys('wal/')).toHaveLength(5);
  });

  it('leaves what the store has locked, and says until when', async () => {
    for (let date = 18; date <= 24; date += 1) await day(date);
    store.lock('backups/backup-20261118-040000/orders/base.tar', '2126-12-01T00:00:00.000Z');
    const { report } = await prune();
    expect(report.locked).toEqual([
      { path: 'backup-20261118-040000', problem: expect.stringContaining('locked until 2126-12-01') as string },
    ]);
    expect(await left()).toEqual(['18', '20', '21', '22', '23', '24']);
  });

  it('keeps what a locked backup builds on, and its WAL: what the store holds can be restored', async () => {
    for (const date of [8, 9]) await day(date);
    await day(10, { kind: 'postgres-incremental', parent: 9 });
    await day(11, { kind: 'postgres-incremental', parent: 10 });
    for (let date = 20; date <= 24; date += 1) await day(date);
    store.lock('backups/backup-20261110-040000/orders/base.tar', '2126-12-01T00:00:00.000Z');
    const moments = (await repository.recoveryWindows('near')).windows;
    const { plan, report } = await prune();
    const locked = { path: 'backup-20261110-040000', problem: expect.stringContaining('locked until') as string };
    expect([plan.locked, report.locked]).toEqual([[locked], [locked]]);
    expect(plan.keep.filter(({ backupId }) => backupId < 'backup-20261112')).toEqual([
      { backupId: 'backup-20261110-040000', reason: expect.stringContaining('is held by the store') as string },
      { backupId: 'backup-20261109-040000', reason: 'backup-20261110-040000 needs it' },
    ]);
    expect(await left()).toEqual(['09', '10', '20', '21', '22', '23', '24']);
    const has = (backupId: string) => plan.keep.some((one) => one.backupId === backupId);
    expect((await repository.recoveryWindows('near')).windows).toEqual(moments.filter((one) => has(one.backupId)));
    expect(await repository.verify('near', 'backup-20261110-040000')).toMatchObject({ good: true });
  });

  it('leaves what a backup builds on, and all WAL, when the lock came after the plan', async () => {
    await day(9);
    await day(10, { kind: 'postgres-incremental', parent: 9 });
    for (let date = 20; date <= 24; date += 1) await day(date);
    const plan = await repository.planPrune('near', policy, now);
    expect(plan.expire.map(({ backupId }) => backupId.slice(13, 15))).toEqual(['10', '09']);
    store.lock('backups/backup-20261110-040000/orders/base.tar', '2126-12-01T00:00:00.000Z');
    const report = await repository.prune('near', plan, { now });
    expect(report).toMatchObject({ expired: [], removedWalObjects: 0, locked: [{ path: 'backup-20261110-040000' }] });
    expect(await left()).toEqual(['09', '10', '20', '21', '22', '23', '24']);
  });

  it('removes what was begun and never committed once it is nobody’s any more', async () => {
    await day(24);
    store.plant('backups/backup-20261101-000000/orders/base.tar', Buffer.from('left'));
    expect((await prune()).report.removedObjects).toBe(0);
    expect((await prune({}, new Date(Date.now() + 8 * 24 * 3_600_000))).report.removedObjects).toBe(1);
  });
});
