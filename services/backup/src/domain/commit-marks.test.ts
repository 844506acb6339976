import { CommitMarks } from './commit-marks.js';

describe('commit marks', () => {
  const mark = (second: number, lsn: bigint) => ({ at: new Date(second * 1000), lsn });

  it('give the latest time whose WAL ends at or before a position', () => {
    const marks = new CommitMarks();
    for (const each of [mark(1, 100n), mark(2, 200n), mark(3, 300n)]) marks.add(each);
    expect(marks.upTo(99n)).toBeUndefined();
    expect(marks.upTo(100n)).toEqual(mark(1, 100n));
    expect(marks.upTo(299n)).toEqual(mark(2, 200n));
    expect(marks.upTo(1000n)).toEqual(mark(3, 300n));
  });
});
