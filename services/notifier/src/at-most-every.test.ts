import { jest } from '@jest/globals';
import { atMostEvery } from './at-most-every.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('the first wish is met at once, those of the pause as one when it is over', () => {
  const done: number[] = [];
  const ask = atMostEvery(200, () => done.push(Date.now()));
  const begun = Date.now();
  for (let wish = 0; wish < 10; wish += 1) ask();
  expect(done).toEqual([begun]);
  jest.advanceTimersByTime(199);
  ask();
  expect(done).toEqual([begun]);
  jest.advanceTimersByTime(1);
  expect(done).toEqual([begun, begun + 200]);
});

test('after a pause without a wish the next is met at once; stopped, none is left', () => {
  let done = 0;
  const ask = atMostEvery(200, () => (done += 1));
  ask();
  jest.advanceTimersByTime(500);
  expect(done).toBe(1);
  ask();
  ask();
  expect(done).toBe(2);
  ask.stop();
  jest.advanceTimersByTime(500);
  expect(done).toBe(2);
});
