import type { Blackout } from '@novacron/contracts';
import { outsideBlackouts } from './blackouts.js';

const office: Blackout = { name: 'office', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' };
const night: Blackout = { name: 'batch', from: '22:00', to: '02:30' };

describe('a due time and the hours in which nothing may begin', () => {
  it.each([
    // 23 November 2026 is a Monday.
    ['before the window', '2026-11-23T07:59:59Z', [office], '2026-11-23T07:59:59.000Z'],
    ['at its beginning', '2026-11-23T08:00:00Z', [office], '2026-11-23T18:00:00.000Z'],
    ['at its end', '2026-11-23T18:00:00Z', [office], '2026-11-23T18:00:00.000Z'],
    ['on another day', '2026-11-22T12:00:00Z', [office], '2026-11-22T12:00:00.000Z'],
    ['in the evening of a night', '2026-11-23T23:00:00Z', [night], '2026-11-24T02:30:00.000Z'],
    ['in the morning after it', '2026-11-24T01:00:00Z', [night], '2026-11-24T02:30:00.000Z'],
    [
      'in windows that follow each other',
      '2026-11-23T17:00:00Z',
      [office, { name: 'x', from: '17:30', to: '20:00' }],
      '2026-11-23T20:00:00.000Z',
    ],
    ['without windows', '2026-11-23T12:00:00Z', [], '2026-11-23T12:00:00.000Z'],
  ])('%s', (_what, due, blackouts, expected) => {
    expect(outsideBlackouts(new Date(due), blackouts)?.toISOString()).toBe(expected);
  });

  it('has no time at all where the windows leave none', () => {
    const always = { name: 'always', from: '00:00', to: '00:00' };
    expect(outsideBlackouts(new Date('2026-11-23T12:00:00Z'), [always])).toBeUndefined();
  });
});
