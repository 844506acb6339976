import { measurePairs } from './pairs.js';

describe('pairs', () => {
  it('are begun by each side in turn, and the first one is forgotten', async () => {
    const turns: string[] = [];
    const side = (name: string, values: number[]) => async () => {
      turns.push(name);
      return { rate: values.shift() ?? Number.NaN };
    };
    const paired = await measurePairs(3, side('ours', [999, 8, 6, 30]), side('peer', [1, 10, 10, 20]));
    expect(turns.join(' ')).toBe('ours peer peer ours ours peer peer ours');
    expect(paired).toEqual({ rate: { value: 8, peer: 10, ratio: 0.8 } });
  });

  it('fail with the side that fails: nothing is made of half a pair', async () => {
    const broken = () => Promise.reject(new Error('no server'));
    await expect(measurePairs(1, async () => ({ rate: 1 }), broken)).rejects.toThrow('no server');
  });
});
