import { median, quantile } from './statistics.js';

describe('statistics', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])('takes the middle of %j', (samples, expected) => {
    expect(median(samples)).toBe(expected);
  });

  it('takes the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 1)).toBe(100);
    expect(quantile([7], 0.01)).toBe(7);
  });

  it('has no figure for nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});
