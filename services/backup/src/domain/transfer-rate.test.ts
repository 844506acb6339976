import { transferProgress } from './transfer-rate.js';

describe('the progress of a transfer', () => {
  it.each([
    [[0, 0, 100], { doneBytes: 0, totalBytes: 100, bytesPerSecond: 0 }],
    [[50, 1_000, 200], { doneBytes: 50, totalBytes: 200, bytesPerSecond: 50, remainingMs: 3_000 }],
    [[50, 1_000, undefined], { doneBytes: 50, bytesPerSecond: 50 }],
    [[120, 1_000, 100], { doneBytes: 120, totalBytes: 120, bytesPerSecond: 120, remainingMs: 0 }],
  ] as const)('of %j is %j', ([done, elapsed, total], expected) => {
    expect(transferProgress(done, elapsed, total)).toEqual(expected);
  });
});
