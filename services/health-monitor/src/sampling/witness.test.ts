import { Witness } from './witness.js';

const timing = { intervalMs: 1_000, fastIntervalMs: 100, timeoutMs: 100 };

describe('the witness', () => {
  it('is always reached where there is none', async () => {
    const witness = new Witness(undefined, timing);
    expect(await witness.confirm()).toBe(true);
    expect(witness.reachable).toBe(true);
  });

  it('confirms only by a look that began after the question', async () => {
    const answers: (() => void)[] = [];
    const witness = new Witness({ probe: () => new Promise((resolve) => answers.push(resolve)) }, timing);
    const first = witness.confirm();
    const second = witness.confirm();
    const third = witness.confirm();
    await Promise.resolve();
    expect(answers).toHaveLength(1);
    answers[0]!();
    await first;
    await new Promise((resolve) => setTimeout(resolve, 10));
    // The second and the third share a look of their own.
    expect(answers).toHaveLength(2);
    answers[1]!();

    expect(await Promise.all([first, second, third])).toEqual([true, true, true]);
  });

  it('is not reached when it refuses', async () => {
    const witness = new Witness({ probe: () => Promise.reject(new Error('refused')) }, timing);
    expect(await witness.confirm()).toBe(false);
    expect(witness.reachable).toBe(false);
  });
});
