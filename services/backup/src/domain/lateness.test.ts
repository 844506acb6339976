import { lateness } from './lateness.js';

describe('lateness', () => {
  it.each([
    [0, 'in-time'],
    [749, 'in-time'],
    [750, 'approaching'],
    [1000, 'approaching'],
    [1001, 'missed'],
  ])('a lag of %i ms against an RPO of 1000 ms is %s', (lagMs, expected) => {
    expect(lateness(lagMs, 1000)).toBe(expected);
  });
});
