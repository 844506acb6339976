import { Hold } from './hold.js';

describe('news that is kept back for a moment', () => {
  it('is told once it was wanted long enough, and what comes after begins anew', () => {
    let now = 0;
    const hold = new Hold(400, () => now);
    const at = (ms: number, wanted = true): boolean => {
      now = ms;
      return hold.isOver(wanted);
    };

    expect([at(0), at(399), at(400), at(500), at(899), at(900)]).toEqual([false, false, true, false, false, true]);
    expect([at(1_000), at(1_200, false), at(1_450), at(1_849), at(1_850)]).toEqual([false, false, false, false, true]);
  });
});
