import { lossAt, type WalSample, withSample, worstOf } from './wal-samples.js';

const sample = (atMs: number, lsn: string, rows: number): WalSample => ({ atMs, lsn, rows });
/** The primary ended with its last sample. */
const ended = { intervalMs: 0, aliveUntilMs: 0 };
const samples = [sample(1_000, '0/100', 10), sample(2_000, '0/200', 20), sample(3_000, '0/300', 50)];

describe('lossAt', () => {
  // Half a second that nobody saw, at 0x100 bytes and 20 rows a second, and a second for which the counters are behind.
  it.each([
    ['all of it that was seen', '0/300', { ms: 500, bytes: 0x80, rows: 30 }],
    ['more than was seen', '0/340', { ms: 500, bytes: 0x40, rows: 30 }],
    ['more than can have been written', '0/400', { ms: 500, bytes: 0, rows: 0 }],
    ['not the last second', '0/200', { ms: 1_500, bytes: 0x180, rows: 60 }],
    ['part of a second, which counts as the whole', '0/280', { ms: 1_500, bytes: 0x100, rows: 60 }],
    ['only the first sample', '0/100', { ms: 2_500, bytes: 0x280, rows: 70 }],
    ['not even the first sample', '0/50', { ms: 2_500, bytes: 0x330, rows: 70, atLeast: true, openEnded: true }],
  ])('a standby that has %s', (_title, position, expected) => {
    expect(lossAt(samples, position, { intervalMs: 500, aliveUntilMs: 3_100 })).toEqual(expected);
  });

  it.each([
    ['has all that was seen', '0/300', { ms: 60_000, bytes: 0x3c00, rows: 1_220, atLeast: true }],
    ['lacks some of it', '0/200', { ms: 61_000, bytes: 0x3d00, rows: 1_250, atLeast: true }],
  ])('counts the time in which nobody looked: a standby that %s', (_title, position, expected) => {
    expect(lossAt(samples, position, { intervalMs: 500, aliveUntilMs: 63_000 })).toEqual(expected);
  });

  it('goes by the quickest pace of the last half minute', () => {
    const busy = [sample(0, '0/0', 0), sample(10_000, '0/1000', 1_000), sample(12_000, '0/9000', 9_000)];
    const later = [...busy, sample(20_000, '0/9100', 9_010)];

    expect(lossAt(later, '0/9100', { intervalMs: 1_000, aliveUntilMs: 20_500 })).toEqual({
      ...{ ms: 1_000, bytes: 0x4000, rows: 8_000 },
    });
    const quiet = [...later, sample(60_000, '0/9100', 9_010)];
    expect(lossAt(quiet, '0/9100', { intervalMs: 1_000, aliveUntilMs: 60_500 })).toEqual({
      ms: 1_000,
      bytes: 0,
      rows: 0,
    });
  });

  it('knows nothing without a sample', () => {
    expect(lossAt([], '0/100', ended)).toBeUndefined();
  });

  it('does not count rows over a reset of the counters', () => {
    expect(lossAt([sample(0, '0/100', 900), sample(1_000, '0/200', 3)], '0/100', ended)).toEqual({
      ms: 1_000,
      bytes: 0x100,
    });
  });
});

describe('withSample', () => {
  it('keeps what is behind as old as it was when the clock is set back', () => {
    const before = [sample(1_000_000, '0/100', 1), sample(1_600_000, '0/200', 2)];
    const after = withSample(before, sample(700_000, '0/300', 3));

    // Ten minutes behind, and not five minutes ahead: a loss that policy has a human weigh.
    expect(lossAt(after, '0/100', { intervalMs: 0, aliveUntilMs: 700_000 })).toMatchObject({ ms: 601_000 });
  });

  it('keeps the latest moment at a position that stands still', () => {
    const idle = withSample(withSample([sample(0, '0/100', 1)], sample(9_000, '0/100', 1)), sample(10_000, '0/200', 2));

    expect(lossAt(idle, '0/100', ended)).toEqual({ ms: 1_000, bytes: 0x100, rows: 2 });
  });

  it('stays small and reaches far back', () => {
    let all: WalSample[] = [];
    for (let second = 0; second < 1_000; second += 1) {
      all = withSample(all, sample(second * 1_000, `0/${(second * 16).toString(16)}`, second));
    }

    expect(all.length).toBeLessThanOrEqual(120);
    expect(all.slice(-60).map(({ atMs }) => atMs)).toEqual(Array.from({ length: 60 }, (_, i) => (940 + i) * 1_000));
    expect(all[0]?.atMs).toBe(0);
  });
});

describe('worstOf', () => {
  it('takes the longest time and adds up what is missing', () => {
    expect(
      worstOf([
        { ms: 5, bytes: 10, rows: 1 },
        { ms: 3, bytes: 20, rows: 2, atLeast: true, openEnded: true },
      ]),
    ).toEqual({
      ms: 5,
      bytes: 30,
      rows: 3,
      atLeast: true,
      openEnded: true,
    });
    expect(
      worstOf([
        { ms: 5, bytes: 10 },
        { ms: 3, bytes: 20, rows: 2 },
      ]),
    ).toEqual({ ms: 5, bytes: 30 });
  });
});
