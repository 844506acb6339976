import { setImmediate as turn } from 'node:timers/promises';
import { concurrently } from './concurrently.js';

describe('concurrently', () => {
  it('gives results in order, so many at once', async () => {
    let running = 0;
    let most = 0;
    const results = await concurrently([3, 1, 2], 2, async (turns) => {
      most = Math.max(most, (running += 1));
      for (let each = 0; each < turns; each += 1) await turn();
      running -= 1;
      return turns * 10;
    });
    expect(results).toEqual([30, 10, 20]);
    expect(most).toBe(2);
  });

  it('fails once what had begun has ended, and begins no more', async () => {
    const ended: number[] = [];
    const work = concurrently([0, 5, 1], 2, async (turns) => {
      if (turns === 0) throw new Error('the first');
      for (let each = 0; each < turns; each += 1) await turn();
      ended.push(turns);
    });
    await expect(work).rejects.toThrow('the first');
    expect(ended).toEqual([5]);
  });
});
