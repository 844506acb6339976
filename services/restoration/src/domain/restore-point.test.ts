import type { BackupManifest, CatalogEntry, RecoveryWindow } from '@novacron/repository';
import { chooseRestorePoint, type StoreContents } from './restore-point.js';

function entry(backupId: string, completedAt: string, mark: 'verified' | 'refuted' | undefined): CatalogEntry {
  const component = { component: 'orders', kind: 'postgres-physical', systemId: '7', completedAt, objects: [] };
  const cache = { ...component, component: 'sessions', kind: 'redis-rdb' };
  const manifest = { backupId, completedAt, components: [component, cache] } as unknown as BackupManifest;
  const marks = mark === undefined ? [] : [{ mark, at: completedAt }];
  return { backupId, manifest, marks, problems: [] } as unknown as CatalogEntry;
}

const window = (backupId: string, earliest: string, latest: string): RecoveryWindow => ({
  ...{ backupId, component: 'orders', systemId: '7', timeline: 2, earliest, latest, startLsn: '0/2', untilLsn: '0/9' },
});

const [one, two, three] = ['backup-1', 'backup-2', 'backup-3'];
const contents: StoreContents = {
  store: 'near',
  entries: [
    entry(one, '2026-11-23T04:00:00Z', 'verified'),
    entry(two, '2026-11-23T05:00:00Z', 'verified'),
    entry(three, '2026-11-23T06:00:00Z', undefined),
  ],
  windows: [
    window(three, '2026-11-23T06:00:00Z', '2026-11-23T07:00:00Z'),
    window(two, '2026-11-23T05:00:00Z', '2026-11-23T07:00:00Z'),
    window(one, '2026-11-23T04:00:00Z', '2026-11-23T07:00:00Z'),
  ],
};

describe('chooseRestorePoint', () => {
  it('takes the newest verified backup that was consistent before the moment, to the microsecond that was asked for', () => {
    const targetTime = '2026-11-23T06:30:00.123456Z';

    expect(chooseRestorePoint(contents, { component: 'orders', targetTime })).toEqual({
      ...{ store: 'near', backupId: two, timeline: 2, untilLsn: '0/9', targetTime },
    });
    const earlier = { component: 'orders', targetTime: '2026-11-23T04:30:00Z' };
    expect(chooseRestorePoint(contents, earlier)).toMatchObject({ backupId: one });
  });

  it('takes everything archived after the newest verified backup when no moment is named', () => {
    expect(chooseRestorePoint(contents, { component: 'orders' })).toMatchObject({ backupId: two, timeline: 2 });
    expect(chooseRestorePoint(contents, { component: 'sessions' })).toEqual({ store: 'near', backupId: two });
  });

  it('takes a named backup alone, verified or not', () => {
    expect(chooseRestorePoint(contents, { component: 'orders', backupId: three })).toEqual({
      store: 'near',
      backupId: three,
    });
  });

  it.each([
    [
      'a moment before everything',
      { component: 'orders', targetTime: '2026-11-23T03:00:00Z' },
      'OUTSIDE_RECOVERY_WINDOW',
    ],
    [
      'a moment nobody has archived yet',
      { component: 'orders', targetTime: '2026-11-23T08:00:00Z' },
      'OUTSIDE_RECOVERY_WINDOW',
    ],
    ['a moment of a cache', { component: 'sessions', targetTime: '2026-11-23T06:00:00Z' }, 'OUTSIDE_RECOVERY_WINDOW'],
    ['a backup that is not there', { component: 'orders', backupId: 'backup-9' }, 'NOT_FOUND'],
    ['a component nobody backs up', { component: 'reports' }, 'NOT_FOUND'],
  ] as const)('refuses %s', (_what, wish, code) => {
    expect(() => chooseRestorePoint(contents, wish)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('names the nearest moments on either side', () => {
    const gap = {
      ...contents,
      windows: [
        window(one, '2026-11-23T04:00:00Z', '2026-11-23T04:10:00Z'),
        window(two, '2026-11-23T05:00:00Z', '2026-11-23T07:00:00Z'),
      ],
    };

    expect(() => chooseRestorePoint(gap, { component: 'orders', targetTime: '2026-11-23T04:30:00Z' })).toThrow(
      expect.objectContaining({
        hint: 'the nearest that can be reached: before it 2026-11-23T04:10:00Z, after it 2026-11-23T05:00:00Z',
      }) as Error,
    );
  });

  it('refuses a backup that was found damaged', () => {
    const damaged = { ...contents, entries: [entry(one, '2026-11-23T04:00:00Z', 'refuted')] };

    expect(() => chooseRestorePoint(damaged, { component: 'orders', backupId: one })).toThrow(
      expect.objectContaining({ code: 'CORRUPT_OBJECT' }) as Error,
    );
  });
});
