import { restartDelayMs } from './restart-delay.js';

it('restarts at once, and ever more slowly what keeps dying, up to 5 s', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(restartDelayMs)).toEqual([100, 100, 250, 1_000, 2_000, 5_000, 5_000]);
});
