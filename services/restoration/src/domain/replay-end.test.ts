import { nextRecord, shortfall } from './replay-end.js';

const page = 8_192n;
const segment = 0x1000000n;
const at = 3n * segment + 5n * page + 1_000n;

describe('nextRecord', () => {
  it.each([
    ['within a page', at, at],
    ['at the end of a page', 3n * segment + page, 3n * segment + page + 24n],
    ['at the end of a segment', 4n * segment, 4n * segment + 40n],
  ])('follows %s', (_, end, begin) => expect(nextRecord(end)).toBe(begin));
});

describe('shortfall', () => {
  const untilEndOf = (bytes: bigint): bigint => at + bytes;

  it.each([
    ['replay went to the end of the archive', at, at, undefined],
    ['replay went past it: a closed segment ends at its last byte', at, at - 500n, undefined],
    ['only the header of a page follows', 3n * segment + page, 3n * segment + page + 24n, undefined],
    ['only the header of a segment follows, and no file', 4n * segment, 4n * segment + 40n, undefined],
    ['not even the length of the next record is archived', at, untilEndOf(3n), 0],
    ['the next record lacks its last byte', at, untilEndOf(99n), 100],
    ['the next record is cut off some pages on', at, at + 100n * page, 1_000_000],
    // To the end of the page 7192 bytes, 8168 on the next behind its header, and 640 behind the one after.
    ['the next record lacks a byte, counted with the headers in it', at, at + 7_192n + page + 24n + 639n, 16_000],
  ])('is none where %s', (_, ended, until, length) => {
    expect(shortfall(ended, until, length)).toBeUndefined();
  });

  it.each([
    ['a file is missing', at, at + segment, undefined, 'the WAL file that goes on there is missing', false],
    ['zeros follow', at, untilEndOf(4n), 0, 'what is archived there is no record', false],
    ['no length follows', at, at + segment, 0x7f_00_00_00, 'what is archived there is no record', false],
    ['a whole record follows', at, untilEndOf(100n), 100, 'the record that is archived there was not replayed', true],
    [
      'a record follows that is whole two pages on',
      at,
      at + 7_192n + page + 24n + 640n,
      16_000,
      'the record that is archived there was not replayed',
      true,
    ],
  ])('is told where %s', (_, ended, until, length, problem, canPass) => {
    expect(shortfall(ended, until, length)).toEqual({ problem, canPass });
  });
});
