import { resumePoint } from './resume-point.js';

const size = 0x100_0000;
const at = (segment: number, offset = 0): bigint => BigInt(segment * size + offset);

describe('where receiving goes on', () => {
  const primary = { timeline: 1, branches: [] };
  const promoted = {
    timeline: 3,
    branches: [
      { timeline: 1, switchLsn: at(5, 100) },
      { timeline: 2, switchLsn: at(8, 7) },
    ],
  };

  it('is nowhere in particular when nothing is held', () => {
    expect(resumePoint(primary, [], size)).toBeUndefined();
  });

  it('is the segment that was being received', () => {
    expect(resumePoint(primary, [{ timeline: 1, lsn: at(4, 9) }], size)).toEqual({ timeline: 1, number: 4n });
  });

  it('is the old timeline when we had not reached its end', () => {
    expect(resumePoint(promoted, [{ timeline: 1, lsn: at(3, 50) }], size)).toEqual({ timeline: 1, number: 3n });
  });

  it('is where the old timeline was left when we hold more of it than the new primary ever had', () => {
    expect(resumePoint(promoted, [{ timeline: 1, lsn: at(6, 1) }], size)).toEqual({ timeline: 1, number: 5n });
  });

  it('is the timeline that goes on where another was left at the border of two segments', () => {
    const held = [{ timeline: 1, lsn: at(5) }];
    const once = { timeline: 2, branches: [{ timeline: 1, switchLsn: at(5) }] };
    expect(resumePoint(once, held, size)).toEqual({ timeline: 2, number: 5n });
    const twice = { timeline: 3, branches: [...once.branches, { timeline: 2, switchLsn: at(5) }] };
    expect(resumePoint(twice, held, size)).toEqual({ timeline: 3, number: 5n });
    const later = { timeline: 3, branches: [...once.branches, { timeline: 2, switchLsn: at(5, 1) }] };
    expect(resumePoint(later, held, size)).toEqual({ timeline: 2, number: 5n });
  });

  it('is the furthest of what is held', () => {
    const held = [
      { timeline: 1, lsn: at(5, 100) },
      { timeline: 2, lsn: at(7, 1) },
    ];
    expect(resumePoint(promoted, held, size)).toEqual({ timeline: 2, number: 7n });
  });

  it('is not in a history that the server does not share', () => {
    expect(resumePoint(promoted, [{ timeline: 4, lsn: at(9) }], size)).toBeUndefined();
  });
});
