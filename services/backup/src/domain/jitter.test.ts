import { jitterMs } from './jitter.js';

describe('the jitter of a schedule', () => {
  const due = new Date('2026-11-23T02:00:00Z');

  it('is the same wherever it is asked', () => {
    expect(jitterMs('nightly', due, 600_000)).toBe(jitterMs('nightly', due, 600_000));
    expect(jitterMs('nightly', due, 0)).toBe(0);
  });

  it('spreads schedules and runs over all of it', () => {
    const found = Array.from({ length: 200 }, (_, index) => jitterMs(`s${index}`, due, 1_000));
    expect(Math.min(...found)).toBeLessThan(100);
    expect(Math.max(...found)).toBeGreaterThan(900);
    expect(Math.max(...found)).toBeLessThan(1_000);
    const nextDay = new Date('2026-11-24T02:00:00Z');
    expect(jitterMs('nightly', due, 600_000)).not.toBe(jitterMs('nightly', nextDay, 600_000));
  });
});
