import { whereReadingEnded } from './orphaned-commits.js';

describe('where pg_waldump ended', () => {
  it.each([
    ['', undefined],
    [
      'pg_waldump: error: error in WAL record at 0/3073980: invalid record length at 0/30739B0: wanted 24, got 0\n',
      '0/30739B0',
    ],
    ['pg_waldump: error: could not find a valid record after 1/A0000028\n', '1/A0000028'],
    ['pg_waldump: error: could not find file "000000010000000000000009": No such file or directory\n', undefined],
  ])('%s', (stderr, expected) => {
    expect(whereReadingEnded(stderr)).toBe(expected);
  });
});
