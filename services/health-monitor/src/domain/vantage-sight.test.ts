import { advanceVantage, sightLimits, sightOf, vantageNeverLost } from './vantage-sight.js';

const limits = { silentAfterMs: 5_000, unheardAfterMs: 30_000 };
const nowMs = 100_000;

describe('whether a vantage counts', () => {
  it.each([
    ['seeing', { lastHeardMs: 99_500, fresh: 12, freshSeeing: 12 }, 0],
    ['seeing', { lastHeardMs: 99_500, fresh: 12, freshSeeing: 1 }, 0],
    ['blind', { lastHeardMs: 99_500, fresh: 12, freshSeeing: 0 }, 0],
    ['unheard', { lastHeardMs: 96_000, fresh: 0, freshSeeing: 0 }, 0],
    ['silent', { lastHeardMs: 94_000, fresh: 0, freshSeeing: 0 }, 0],
    // We ourselves hear only since two seconds: what we missed before is not the vantage's silence.
    ['unheard', { lastHeardMs: 60_000, fresh: 0, freshSeeing: 0 }, 98_000],
    ['unheard', { fresh: 0, freshSeeing: 0 }, 90_000],
    ['silent', { fresh: 0, freshSeeing: 0 }, 60_000],
  ] as const)('%s: %j, listening since %i', (expected, heard, listeningSinceMs) => {
    expect(sightOf(heard, listeningSinceMs, nowMs, limits)).toBe(expected);
  });

  it.each([
    [1_000, [1_000, 60_000], 5_000],
    [10_000, [10_000, 60_000], 50_000],
    [10_000, [2_000], 50_000],
    // Every check is slower than the estate's own pace: nothing is said in between.
    [10_000, [60_000, 120_000], 300_000],
  ])('is not silent before five turns of what it looks at: %i, %j', (intervalMs, checks, silentAfterMs) => {
    expect(sightLimits(intervalMs, checks)).toMatchObject({ silentAfterMs });
  });

  it('is announced once for each loss', () => {
    const lost = advanceVantage(vantageNeverLost, 'blind', '2026-01-01T00:00:00Z');

    expect(lost).toEqual({ number: 1, lost: true, since: '2026-01-01T00:00:00Z' });
    expect(advanceVantage(lost, 'silent', '2026-01-01T00:00:05Z')).toBe(lost);
    expect(advanceVantage(lost, 'unheard', '2026-01-01T00:00:06Z')).toBe(lost);
    const back = advanceVantage(lost, 'seeing', '2026-01-01T00:00:09Z');
    expect(advanceVantage(back, 'silent', '2026-01-01T00:01:00Z')).toMatchObject({ number: 2, lost: true });
  });
});
