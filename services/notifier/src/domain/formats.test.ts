import { formatDuration, formatList, formatTime } from './formats.js';

describe('what people read', () => {
  it.each([
    [400, 'less than a second'],
    [1_000, '1 second'],
    [44_000, '44 seconds'],
    [90_000, '1 minute 30 seconds'],
    [1_800_000, '30 minutes'],
    [3_900_000, '1 hour 5 minutes'],
    [90_061_000, '1 day 1 hour'],
    [3_600_500, '1 hour'],
  ])('%d ms: %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('times in UTC', () => expect(formatTime('2026-03-15T12:22:05.120+02:00')).toBe('2026-03-15 10:22:05 UTC'));

  it('lists', () => {
    expect(formatList([], 'none')).toBe('none');
    expect(formatList(['a'], 'none')).toBe('a');
    expect(formatList(['a', 'b', 'c'], 'none')).toBe('a, b and c');
  });
});
