import { actsUntilMs, type LeaseRecord, marginMs, mayTakeOver, observe } from './takeover.js';

const record: LeaseRecord = { holder: 'a', nonce: 'n', expiresAfterMs: 2_000 };

describe('taking a lease over', () => {
  it('waits the whole time and a margin from the first sight of a revision', () => {
    const seen = observe(undefined, 7, 100);

    expect(mayTakeOver(seen, record, 100 + 2_000 + 249)).toBe(false);
    expect(mayTakeOver(seen, record, 100 + 2_000 + 250)).toBe(true);
  });

  it('begins anew when the holder renews', () => {
    const renewed = observe(observe(undefined, 7, 100), 8, 2_000);

    expect(renewed).toEqual({ revision: 8, firstSeenMs: 2_000 });
    expect(mayTakeOver(renewed, record, 2_400)).toBe(false);
  });

  it('keeps the first sight of a revision that stays', () => {
    expect(observe({ revision: 7, firstSeenMs: 100 }, 7, 900)).toEqual({ revision: 7, firstSeenMs: 100 });
  });

  it.each([1_000, 2_000, 10_000])('never overlaps with the holder of %i ms, clocks a tenth apart', (ttlMs) => {
    const sentMs = 0;
    const slowHolderStopsMs = actsUntilMs(sentMs, ttlMs) * 1.05;
    const fastOtherActsMs = (ttlMs + marginMs(ttlMs)) * 0.95;

    expect(slowHolderStopsMs).toBeLessThan(fastOtherActsMs);
  });
});
