import { nextDueMs } from './pace.js';

const pace = { intervalMs: 1_000, fastIntervalMs: 400, timeoutMs: 800 };
const middle = 0.5;

describe('when a check is due again', () => {
  it.each([
    // due, started, now, fast, expected
    [0, 0, 10, false, 1_000, 'an interval after it was due'],
    [0, 150, 160, false, 1_000, 'even when it began late'],
    [0, 0, 1_300, false, 1_300, 'at once when it outlasted its turn'],
    [0, 4_000, 4_010, false, 4_010, 'missed turns are not made up, beyond one'],
    [0, 0, 10, true, 400, 'soon while it is unsettled'],
    [0, 0, 800, true, 800, 'at once after a timeout'],
  ])('due %i, started %i, now %i, fast %s: %i (%s)', (due, started, now, fast, expected) => {
    expect(nextDueMs(due, started, now, pace, fast, middle)).toBe(expected);
  });

  it('spreads by a tenth of the interval, and never into the past', () => {
    expect(nextDueMs(0, 0, 10, pace, false, 0)).toBe(950);
    expect(nextDueMs(0, 0, 10, pace, false, 0.999)).toBeCloseTo(1_050, 0);
    expect(nextDueMs(0, 0, 990, pace, false, 0)).toBe(990);
  });
});
