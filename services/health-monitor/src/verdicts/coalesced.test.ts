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

  const spin = (ms: number): void => {
    for (const untilMs = performance.now() + ms; performance.now() < untilMs;);
  };

  it('leaves the processor to others, however often it is asked', async () => {
    let busyMs = 0;
    const task = new Coalesced(async (busy) => {
      const begunMs = performance.now();
      busy(() => spin(4));
      busyMs += performance.now() - begunMs;
    });
    const begunMs = performance.now();
    while (performance.now() - begunMs < 400) {
      task.request();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await task.idle();

    expect(busyMs / (performance.now() - begunMs)).toBeLessThan(0.25);
  });

  it('waits for nothing where it has only waited itself', async () => {
    const begunMs: number[] = [];
    const endedMs: number[] = [];
    const task = new Coalesced(async () => {
      begunMs.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, 60));
      endedMs.push(performance.now());
    });
    task.request();
    await Promise.resolve();
    task.request();
    await task.idle();

    // Ninety would be the pause of what took sixty.
    expect(begunMs[1]! - endedMs[0]!).toBeLessThan(60);
  });
});
