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
});
