import type { BackupManifest } from '../manifest/backup-manifest.js';
import { type Chunk, chunkKey, parseChunkKey } from '../wal/chunk-key.js';
import type { WalIndex } from '../wal/coverage.js';
import { parseLsn } from '../wal/lsn.js';
import { segmentAt } from '../wal/segment.js';
import { parseTimelineHistory } from '../wal/timeline-history.js';
import { chooseWindow, recoveryWindows } from './recovery-window.js';

const size = 16 * 1024 * 1024;
const systemId = '7300000000000000001';

/** The chunk from one LSN to another of the same segment. */
function chunk(timeline: number, from: string, until: string, lastCommitAt?: string): Chunk {
  const number = segmentAt(parseLsn(from), size);
  const start = Number(parseLsn(from) % BigInt(size));
  const range = { start, end: start + Number(parseLsn(until) - parseLsn(from)) };
  const key = chunkKey(systemId, { timeline, number }, size, {
    ...range,
    ...(lastCommitAt === undefined ? {} : { lastCommitAt: new Date(`2026-11-23T${lastCommitAt}.000Z`) }),
  });
  return parseChunkKey(key, size) as Chunk;
}

function backup(backupId: string, timeline: number, lsns: [string, string], at: string, includesWal?: boolean) {
  const completedAt = `2026-11-23T${at}.000Z`;
  const [startLsn, stopLsn] = lsns;
  const component = {
    component: 'orders',
    kind: 'postgres-physical',
    systemId,
    timeline,
    completedAt,
    startLsn,
    stopLsn,
  };
  return { backupId, components: [{ ...component, includesWal }] } as unknown as BackupManifest;
}

function indexes(chunks: Chunk[], histories: Record<number, string> = {}): Map<string, WalIndex> {
  const parsed = Object.entries(histories).map(
    ([timeline, text]) => [Number(timeline), parseTimelineHistory(Number(timeline), text)] as const,
  );
  return new Map([[systemId, { systemId, segmentSizeBytes: size, chunks, histories: new Map(parsed) }]]);
}

const short = (time: string): string => time.slice(11, 19);
const one = backup('backup-20261123-040000', 1, ['0/2000028', '0/2000138'], '04:00:10');

describe('recoveryWindows', () => {
  it('reaches from the end of the backup to the last commit archived without a gap', () => {
    const { windows, unusable } = recoveryWindows(
      [one],
      indexes([
        chunk(1, '0/2000000', '0/3000000', '04:05:00'),
        chunk(1, '0/3000000', '0/3000400', '04:06:00'),
        chunk(1, '0/3000800', '0/3001000', '04:07:00'),
      ]),
    );
    expect(unusable).toEqual([]);
    expect(windows).toMatchObject([
      { timeline: 1, untilLsn: '0/3000400', gap: '0/3000400 to 0/3000800', backupId: 'backup-20261123-040000' },
    ]);
    expect(windows.map(({ earliest, latest }) => [short(earliest), short(latest)])).toEqual([['04:00:10', '04:06:00']]);
  });

  it('offers nothing of a backup that lacks the WAL it needs to be consistent, and says what it lacks', () => {
    const { windows, unusable } = recoveryWindows([one], indexes([chunk(1, '0/2000000', '0/2000100')]));
    expect(windows).toEqual([]);
    expect(unusable).toEqual([
      { path: 'backup-20261123-040000', problem: 'WAL 0/2000100 to 0/2000138 of orders is missing' },
    ]);
  });

  it('offers the moment of a backup that holds its WAL, without any archive', () => {
    const whole = backup('backup-20261123-040000', 1, ['0/2000028', '0/2000138'], '04:00:10', true);
    const { windows } = recoveryWindows([whole], new Map());
    expect(windows.map(({ earliest, latest }) => [earliest, latest])).toEqual([
      ['2026-11-23T04:00:10.000Z', '2026-11-23T04:00:10.000Z'],
    ]);
  });

  it('follows a promotion from a backup before it, and leaves what the old primary wrote after it to its own timeline', () => {
    const found = recoveryWindows(
      [one],
      indexes(
        [
          chunk(1, '0/2000000', '0/3000000', '04:05:00'),
          chunk(1, '0/3000000', '0/3000500', '04:05:30'),
          chunk(1, '0/3000500', '0/3000900', '04:09:00'),
          chunk(2, '0/3000000', '0/3000A00', '04:07:00'),
        ],
        { 2: '1\t0/3000500\tno recovery target specified\n' },
      ),
    ).windows;
    expect(found.map(({ timeline, latest, untilLsn }) => [timeline, short(latest), untilLsn])).toEqual([
      [2, '04:07:00', '0/3000A00'],
      [1, '04:09:00', '0/3000900'],
    ]);
  });

  it('does not lead from a backup taken past the branch to the branch', () => {
    const late = backup('backup-20261123-041000', 1, ['0/3000600', '0/3000700'], '04:08:00');
    const found = recoveryWindows(
      [late],
      indexes([chunk(1, '0/3000000', '0/3000900', '04:09:00'), chunk(2, '0/3000000', '0/3000A00', '04:07:00')], {
        2: '1\t0/3000500\tpromoted\n',
      }),
    ).windows;
    expect(found.map(({ timeline }) => timeline)).toEqual([1]);
  });
});

const window = (backupId: string, timeline: number, earliest: string, latest: string) => ({
  backupId,
  component: 'orders',
  systemId,
  timeline,
  earliest: `2026-11-23T${earliest}.000Z`,
  latest: `2026-11-23T${latest}.000Z`,
  startLsn: '0/0',
  untilLsn: '0/1',
});

describe('chooseWindow', () => {
  const windows = [
    window('a', 1, '04:00:00', '05:00:00'),
    window('b', 1, '04:30:00', '05:00:00'),
    window('a', 2, '04:00:00', '04:50:00'),
  ];

  it.each([
    ['04:10:00', 'a', 2],
    ['04:40:00', 'a', 2],
    ['04:55:00', 'b', 1],
    ['04:00:00', 'a', 2],
    ['05:00:00', 'b', 1],
  ])('restores to %s from %s on timeline %i', (time, backupId, timeline) => {
    expect(chooseWindow(windows, 'orders', new Date(`2026-11-23T${time}Z`))).toMatchObject({ backupId, timeline });
  });

  it.each(['03:59:59', '05:00:01'])('refuses %s and names the windows', (time) => {
    expect(() => chooseWindow(windows, 'orders', new Date(`2026-11-23T${time}Z`))).toThrow(
      expect.objectContaining({
        code: 'OUTSIDE_RECOVERY_WINDOW',
        details: expect.arrayContaining([expect.objectContaining({ path: 'b' })]),
      }),
    );
  });

  it('keeps to a timeline that was asked for', () => {
    expect(chooseWindow(windows, 'orders', new Date('2026-11-23T04:40:00Z'), 1)).toMatchObject({ backupId: 'b' });
  });
});
