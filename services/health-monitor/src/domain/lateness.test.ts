import { type ClockOffset, latenessMs, nextOffset, setBackWindowMs, windowLengthMs } from './lateness.js';

/** Samples as they were taken by the sender's clock, delivered after `delayMs`, our clock being `aheadMs` ahead. */
function deliver(
  before: ClockOffset | undefined,
  atMs: number,
  delayMs: number,
  aheadMs: number,
): [ClockOffset, number] {
  const receivedMs = atMs + delayMs + aheadMs;
  const offset = nextOffset(before, atMs, receivedMs);
  return [offset, latenessMs(offset, atMs, receivedMs)];
}

/** Ten seconds of samples that came at once. */
function punctual(aheadMs = 0): ClockOffset | undefined {
  let offset: ClockOffset | undefined;
  for (let second = 0; second < 10; second += 1) [offset] = deliver(offset, second * 1_000, 5, aheadMs);
  return offset;
}

describe('how late a sample comes', () => {
  it.each([0, 3_600_000, -3_600_000])('is told with clocks %i ms apart', (aheadMs) => {
    const offset = punctual(aheadMs);

    expect(deliver(offset, 10_000, 6, aheadMs)[1]).toBe(1);
    expect(deliver(offset, 11_000, 8_005, aheadMs)[1]).toBe(8_000);
  });

  it('is still told of a burst after a long silence', () => {
    let offset = punctual();
    const late: number[] = [];
    for (let second = 10; second < 70; second += 10) {
      const [next, latenessOfThis] = deliver(offset, second * 1_000, 70_000 - second * 1_000 + 5, 0);
      offset = next;
      late.push(latenessOfThis);
    }

    expect(late).toEqual([60_000, 50_000, 40_000, 30_000, 20_000, 10_000]);
  });

  it('forgets an offset that nothing confirms', () => {
    let [offset] = deliver(undefined, 0, 5, 0);
    let lateness = 0;
    for (let ms = 1_000; ms < 3 * windowLengthMs; ms += 1_000) [offset, lateness] = deliver(offset, ms, 5, 60_000);

    expect(lateness).toBe(0);
  });

  it.each([3_100, 60_000, 3_600_000])('is lost for two seconds where the sender is set back by %i ms', (backMs) => {
    let offset = punctual();
    const late: number[] = [];
    for (let ms = 10_000; ms <= 12_000; ms += 250) {
      const [next, latenessOfThis] = deliver(offset, ms - backMs, 5, backMs);
      offset = next;
      late.push(latenessOfThis);
    }

    expect(late).toEqual([...Array.from({ length: setBackWindowMs / 250 }, () => backMs), 0]);
  });

  it('is none where the sender is set forward', () => {
    expect(deliver(punctual(), 70_000, 5, -60_000)[1]).toBe(0);
  });

  it('is told of a burst that comes by another way, beside what is current', () => {
    let offset = punctual();
    const late: number[] = [];
    for (let ms = 10_000; ms < 16_000; ms += 250) {
      [offset] = deliver(offset, ms, 5, 0);
      const heldMs = ms - 8_000;
      const [next, latenessOfThis] = deliver(offset, heldMs, 8_005, 0);
      offset = next;
      late.push(latenessOfThis);
    }

    expect(late).toEqual(late.map(() => 8_000));
  });

  it('is told while failures, which wait for their witness, are overtaken', () => {
    let offset = punctual();
    for (let ms = 10_000; ms < 60_000; ms += 1_000) {
      [offset] = deliver(offset, ms - 2_500, 2_505, 0);
      [offset] = deliver(offset, ms, 5, 0);
    }

    expect(deliver(offset, 60_000, 8_005, 0)[1]).toBe(8_000);
  });
});
