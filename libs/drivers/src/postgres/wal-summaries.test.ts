import { summariesMissing } from './wal-summaries.js';

const kept = (...ranges: [string, string][]) => ranges.map(([start, end]) => ({ start, end }));

describe('summariesMissing', () => {
  it.each([
    ['they reach from before it to where the server has come', '0/300', kept(['0/100', '0/200'], ['0/200', '0/300'])],
    ['the rest is being made', '0/300', kept(['0/150', '0/300'])],
    ['nothing is summarized yet, from before it on', '0/100', []],
    ['nothing has begun', '0/0', []],
  ])('finds none where %s', (_, summarizedLsn, ranges) => {
    expect(summariesMissing({ on: true, summarizedLsn, kept: ranges }, '0/180')).toBeUndefined();
  });

  it.each([
    ['they begin later', '0/300', kept(['0/200', '0/300'])],
    ['one in between is gone', '0/500', kept(['0/100', '0/200'], ['0/300', '0/500'])],
    ['all are gone', '0/300', []],
    ['the last ones are gone', '0/300', kept(['0/100', '0/200'])],
  ])('says so where %s', (_, summarizedLsn, ranges) => {
    expect(summariesMissing({ on: true, summarizedLsn, kept: ranges }, '0/180')).toMatch(/are gone/u);
  });
});
