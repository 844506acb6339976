import { PaceRecord } from './pace-record.js';

describe('the pace of a process', () => {
  it('is counted, and its latest look forgotten after a while', () => {
    let now = 0;
    const pace = new PaceRecord(() => now);
    pace.add(3);
    pace.add(120.4);
    expect(pace.summary()).toEqual({ looks: 2, latestMs: 120 });
    now = 31_000;
    pace.add(7);
    expect(pace.summary()).toEqual({ looks: 3, latestMs: 120 });
    now = 62_000;
    expect(pace.summary()).toEqual({ looks: 3, latestMs: 7 });
    now = 200_000;
    expect(pace.summary()).toEqual({ looks: 3, latestMs: 0 });
  });
});
