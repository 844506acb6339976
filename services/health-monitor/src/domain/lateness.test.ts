import { type ClockOffset, latenessMs, nextOffset, windowLengthMs } from './lateness.js';

/** Samples as they were taken by the sender's clock, delivered after `delayMs`, our clock being `aheadMs` ahead. */
function deliver(
  before: ClockOffset | undefined,
  atMs: number,
  delayMs: number,
  aheadMs: number,
): [ClockOffset, number] {
  const receivedMs = atMs + delayMs + aheadMs;
  const offset = nextOffset(before, atMs, receivedMs, receivedMs);
  return [offset, latenessMs(offset, atMs, receivedMs)];
}

describe('how late a sample comes', () => {
  it.each([0, 3_600_000, -3_600_000])('is told with clocks %i ms apart', (aheadMs) => {
    let offset: ClockOffset | undefined;
    for (let second = 0; second < 10; second += 1) [offset] = deliver(offset, second * 1_000, 5, aheadMs);

    expect(deliver(offset, 10_000, 6, aheadMs)[1]).toBe(1);
    expect(deliver(offset, 11_000, 8_005, aheadMs)[1]).toBe(8_000);
  });

  it('is still told of a burst after a long silence', () => {
    let offset: ClockOffset | undefined;
    for (let second = 0; second < 10; second += 1) [offset] = deliver(offset, second * 1_000, 5, 0);
    const late: number[] = [];
    for (let second = 10; second < 70; second += 10) {
      const [next, latenessOfThis] = deliver(offset, second * 1_000, 70_000 - second * 1_000 + 5, 0);
      offset = next;
      late.push(latenessOfThis);
    }

    expect(late).toEqual([60_000, 50_000, 40_000, 30_000, 20_000, 10_000]);
  });

  it('forgets the offset of a clock that was set', () => {
    let [offset] = deliver(undefined, 0, 5, 0);
    let lateness = 0;
    for (let ms = 1_000; ms < 3 * windowLengthMs; ms += 1_000) [offset, lateness] = deliver(offset, ms, 5, 60_000);

    expect(lateness).toBe(0);
  });
});
