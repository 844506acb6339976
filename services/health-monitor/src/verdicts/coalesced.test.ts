import { Coalesced } from './coalesced.js';

describe('a coalesced task', () => {
  it('never runs twice at once, and once more for all that asked meanwhile', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const task = new Coalesced(async () => {
      running += 1;
      most = Math.max(most, running);
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
    });
    for (let asking = 0; asking < 5; asking += 1) task.request();
    await task.idle();
    expect([runs, most]).toEqual([2, 1]);
    task.request();
    await task.idle();
    expect([runs, most]).toEqual([3, 1]);
  });

  it.each([
    ['nine times as long as its work took', 4, 36],
    ['never longer than an asking may wait', 20, 100],
  ])('rests, and leaves the processor to others: %s', async (_title, workMs, restMs) => {
    const rests: number[] = [];
    let nowMs = 0;
    const pace = {
      nowMs: () => nowMs,
      rest: async (ms: number) => {
        rests.push(ms);
        nowMs += ms;
      },
    };
    const task = new Coalesced(async (busy) => busy(() => void (nowMs += workMs)), pace);
    task.request();
    await task.idle();
    expect(rests).toEqual([restMs]);
  });

  it('waits for nothing where it has only waited itself', async () => {
    let nowMs = 0;
    const rests: number[] = [];
    const pace = { nowMs: () => nowMs, rest: async (ms: number) => rests.push(ms) };
    const task = new Coalesced(async () => void (nowMs += 60), pace);
    task.request();
    await task.idle();
    expect(rests).toEqual([]);
  });
});
