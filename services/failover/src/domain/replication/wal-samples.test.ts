import { lossAt, type WalSample, withSample, worstOf } from './wal-samples.js';

const sample = (atMs: number, lsn: string, rows: number): WalSample => ({ atMs, lsn, rows });
/** The primary ended with its last sample. */
const ended = { intervalMs: 0, aliveUntilMs: 0 };
const samples = [sample(1_000, '0/100', 10), sample(2_000, '0/200', 20), sample(3_000, '0/300', 50)];

describe('lossAt', () => {
  it.each([
    ['all of it', '0/300', { ms: 500, bytes: 0, rows: 0 }],
    ['more than was seen', '0/400', { ms: 500, bytes: 0, rows: 0 }],
    ['the last second', '0/200', { ms: 1_500, bytes: 0x100, rows: 30 }],
    ['part of a second counts as the whole', '0/280', { ms: 1_500, bytes: 0x80, rows: 30 }],
    ['from the first sample on', '0/100', { ms: 2_500, bytes: 0x200, rows: 40 }],
    ['before the first sample', '0/50', { ms: 2_500, bytes: 0x2b0, rows: 40, atLeast: true }],
  ])('a standby that has %s', (_title, position, expected) => {
    expect(lossAt(samples, position, { intervalMs: 500, aliveUntilMs: 3_100 })).toEqual(expected);
  });

  it.each([
    ['has all that was seen', '0/300', { ms: 60_000, bytes: 0, rows: 0, atLeast: true }],
    ['lacks some of it', '0/200', { ms: 61_000, bytes: 0x100, rows: 30, atLeast: true }],
  ])('counts the time in which nobody looked: a standby that %s', (_title, position, expected) => {
    expect(lossAt(samples, position, { intervalMs: 500, aliveUntilMs: 63_000 })).toEqual(expected);
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
  it('keeps the latest moment at a position that stands still', () => {
    const idle = withSample(withSample([sample(0, '0/100', 1)], sample(9_000, '0/100', 1)), sample(10_000, '0/200', 2));

    expect(lossAt(idle, '0/100', ended)).toEqual({ ms: 1_000, bytes: 0x100, rows: 1 });
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
        { ms: 3, bytes: 20, rows: 2, atLeast: true },
      ]),
    ).toEqual({
      ms: 5,
      bytes: 30,
      rows: 3,
      atLeast: true,
    });
    expect(
      worstOf([
        { ms: 5, bytes: 10 },
        { ms: 3, bytes: 20, rows: 2 },
      ]),
    ).toEqual({ ms: 5, bytes: 30 });
  });
});
