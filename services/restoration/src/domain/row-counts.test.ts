import { disagreeing } from './row-counts.js';

const count = (before: number, home: number, after: number) => ({ table: 'public.orders', before, home, after });

describe('disagreeing', () => {
  it.each([
    ['a table that stands still', count(5, 5, 5), true],
    ['one that grows', count(5, 6, 9), true],
    ['one that shrinks', count(9, 6, 5), true],
    ['rows that are missing', count(5, 4, 5), false],
    ['rows that should not be there', count(5, 10, 9), false],
  ] as const)('%s', (_what, counted, agrees) => {
    expect(disagreeing([counted])).toEqual(agrees ? [] : [counted]);
  });
});
