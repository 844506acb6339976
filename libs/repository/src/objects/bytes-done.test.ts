import { BytesDone } from './bytes-done.js';

describe('BytesDone', () => {
  it('adds up what goes on beside each other, never back and never beyond', () => {
    const told: number[] = [];
    const done = new BytesDone(30, ({ doneBytes, totalBytes }) => {
      expect(totalBytes).toBe(30);
      told.push(doneBytes);
    });
    const [one, other] = [done.part(10), done.part(20)];
    one(4);
    other(5);
    one(3);
    one(10);
    other(500);
    other(20);
    expect(told).toEqual([4, 9, 15, 30]);
  });
});
