import { isOvertaken, orderBoundMs, type QueuedMessage, waitMs } from './send-order.js';
import { nextPauseMs, standardRetry } from './retry.js';

const message = (change: Partial<QueuedMessage>): QueuedMessage => ({
  notificationId: 'n',
  incident: 'i',
  recipient: 'r',
  channel: 'mail',
  template: 'progress',
  batch: 1,
  rank: 0,
  state: 'planned',
  plannedAt: new Date(0).toISOString(),
  ...change,
});

describe('the order of messages', () => {
  it('nobody waits when nothing comes before', () => expect(waitMs(message({ rank: 1 }), false, 0)).toBe(0));

  it('nobody waits longer than the bound, and then in order still', () => {
    const first = waitMs(message({ rank: 1 }), true, 0);
    const last = waitMs(message({ rank: 3 }), true, 0);
    expect(first).toBeGreaterThanOrEqual(orderBoundMs);
    expect(last).toBeGreaterThan(first);
    expect(last).toBeLessThan(orderBoundMs + 500);
    expect(waitMs(message({ rank: 3 }), true, last)).toBe(0);
  });

  it.each([
    [{ batch: 2, state: 'accepted' }, true],
    [{ batch: 2, state: 'acknowledged' }, true],
    [{ batch: 2 }, false],
    [{ batch: 1, state: 'accepted' }, false],
    [{ batch: 2, state: 'accepted', template: 'duty' }, false],
  ] as const)('an older text is not sent after %j to the same reader: %s', (other, overtaken) =>
    expect(isOvertaken(message({}), [message(other)])).toBe(overtaken),
  );
});

describe('retry', () => {
  const facts = { attempts: 1, plannedAtMs: 0, nowMs: 0 };
  const middle = (): number => 0.5;

  it.each([
    [1, 1_000],
    [2, 2_000],
    [4, 15_000],
    [60, 60_000],
  ])('pauses after attempt %d for %d ms', (attempts, pause) =>
    expect(nextPauseMs(standardRetry, { ...facts, attempts }, middle)).toBe(pause),
  );
  it('keeps to what the provider asks for, up to five minutes', () => {
    expect(nextPauseMs(standardRetry, { ...facts, afterMs: 42_000 }, middle)).toBe(42_000);
    expect(nextPauseMs(standardRetry, { ...facts, afterMs: 86_400_000 }, middle)).toBe(300_000);
  });
  it('gives up in the end', () =>
    expect(nextPauseMs(standardRetry, { ...facts, nowMs: standardRetry.giveUpMs }, middle)).toBeUndefined());
});
