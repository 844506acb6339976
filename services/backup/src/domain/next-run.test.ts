import { nextRun } from './next-run.js';

const after = new Date('2026-11-23T04:10:30.000Z');

describe('the next run of a schedule', () => {
  it.each([
    [{ cron: '0 2 * * *' }, '2026-11-24T02:00:00.000Z'],
    [{ cron: '*/15 * * * *' }, '2026-11-23T04:15:00.000Z'],
    [{ every: '6h' }, '2026-11-23T06:00:00.000Z'],
    [{ every: '15m' }, '2026-11-23T04:15:00.000Z'],
  ])('of %j is at %s', (schedule, expected) => {
    expect(nextRun({ name: 'nightly', ...schedule }, after).toISOString()).toBe(expected);
  });

  it('is after the moment, not at it', () => {
    const due = new Date('2026-11-24T02:00:00.000Z');
    expect(nextRun({ name: 'nightly', cron: '0 2 * * *' }, due).toISOString()).toBe('2026-11-25T02:00:00.000Z');
  });

  it.each([[{}], [{ cron: 'at night' }], [{ cron: '0 0 31 2 *' }]])('of %j is refused, naming it', (schedule) => {
    expect(() => nextRun({ name: 'nightly', ...schedule }, after)).toThrow(/backup schedule nightly/u);
  });
});
