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

  it('is told at once when it is all there is', () => {
    let now = 0;
    const hold = new Hold(400, () => now);
    // Everything else was seen well at 150 ms.
    const isAll = (heldMs: number): boolean => now - heldMs <= 150 && now >= 150;
    const at = (ms: number): boolean => {
      now = ms;
      return hold.isOver(true, isAll);
    };

    expect([at(100), at(149), at(150)]).toEqual([false, false, true]);
    // What is wanted later was not there yet.
    expect([at(200), at(599), at(600)]).toEqual([false, false, true]);
  });

  it('says how long it is kept back still', () => {
    let now = 0;
    const hold = new Hold(400, () => now);
    expect(hold.leftMs).toBeUndefined();
    hold.isOver(true);
    now = 150;
    expect(hold.leftMs).toBe(250);
    now = 500;
    expect(hold.leftMs).toBe(0);
    hold.isOver(true);
    expect(hold.leftMs).toBeUndefined();
  });
});
