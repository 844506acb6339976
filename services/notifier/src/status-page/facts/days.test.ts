import type { ComponentState } from './status-facts.js';
import { type DayLog, emptyDay, lastDates, observed, summedDay } from './day-log.js';
import { dayState, uptime } from './uptime.js';

const look = (day: DayLog, at: number, state: ComponentState): DayLog => observed(day, new Map([['c', state]]), at);

describe('a day that is watched', () => {
  it('goes on while the looks are close together, and leaves what nobody saw', () => {
    let day = emptyDay('2026-03-15');
    for (const [at, state] of [
      [0, 'operational'],
      [60, 'operational'],
      [120, 'outage'],
      [180, 'outage'],
      [200, 'operational'],
      // Twenty minutes without a look.
      [1_400, 'operational'],
      [1_460, 'operational'],
    ] as const)
      day = look(day, at, state);
    expect(summedDay(day, 'c').secondsIn).toEqual({ operational: 120 + 60, outage: 80 });
  });

  it('is the same whoever looks, and however often, and when a clock goes back', () => {
    const once = look(look(emptyDay('d'), 10, 'operational'), 70, 'operational');
    const twice = [10, 10, 40, 70, 70, 30, 5].reduce((day, at) => look(day, at, 'operational'), emptyDay('d'));
    expect(summedDay(twice, 'c')).toEqual(summedDay(once, 'c'));
  });

  it('ends with today', () =>
    expect(lastDates(new Date('2026-03-01T00:00:01Z'), 2)).toEqual(['2026-02-28', '2026-03-01']));
});

describe('uptime', () => {
  it.each([
    [{ operational: 75, outage: 25 }, 0.75],
    [{ operational: 75, 'partial-outage': 25 }, 0.875],
    [{ operational: 50, degraded: 25, maintenance: 25 }, 1],
    [{ operational: 75, outage: 25, unknown: 900 }, 0.75],
    [{ unknown: 900 }, undefined],
    [{}, undefined],
  ])('of %j is %s', (secondsIn, share) => expect(uptime([{ date: 'd', secondsIn }])).toBe(share));

  it.each([
    [{ operational: 86_400 }, 86_400, 'operational'],
    [{ operational: 86_000, outage: 60 }, 86_400, 'outage'],
    [{ operational: 86_000, outage: 59 }, 86_400, 'operational'],
    [{ operational: 80_000, degraded: 600, 'partial-outage': 60 }, 86_400, 'partial-outage'],
    [{ operational: 20_000 }, 86_400, 'unknown'],
    [{ operational: 20_000 }, 20_010, 'operational'],
    [{}, 86_400, 'unknown'],
  ] as const)('a day of %j, %d s of it passed, is %s', (secondsIn, elapsed, state) =>
    expect(dayState({ date: 'd', secondsIn }, elapsed)).toBe(state),
  );
});
