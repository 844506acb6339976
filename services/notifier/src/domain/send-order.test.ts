import { isOvertaken, orderBoundMs, type QueuedMessage, waitMs } from './send-order.js';
import { nextPauseMs, standardRetry } from './retry.js';

const message = (change: Partial<QueuedMessage>): QueuedMessage => ({
  notificationId: 'n',
  incident: 'i',
  recipient: 'r',
  channel: 'mail',
  batch: 1,
  rank: 0,
  state: 'planned',
  plannedAtMs: 0,
  ...change,
});

describe('the order of messages', () => {
  const second = message({ rank: 1 });

  it.each([
    ['planned', true],
    ['sending', true],
    ['accepted', false],
    ['failed', false],
    ['unknown', false],
    ['stale', false],
  ] as const)('an audience waits for one before it that is %s: %s', (state, waits) =>
    expect(waitMs(second, [message({ state })], 100) > 0).toBe(waits),
  );

  it('does not depend on others of the same rank, on later ones, or on other incidents', () => {
    expect(
      waitMs(
        second,
        [message({ rank: 1 }), message({ rank: 2 }), message({ batch: 2 }), message({ incident: 'j' })],
        0,
      ),
    ).toBe(0);
  });

  it('an update waits for what was planned before it', () => {
    expect(waitMs(message({ batch: 2 }), [message({ rank: 3 })], 0)).toBeGreaterThan(0);
  });

  it('nobody waits longer than the bound, and then in order still', () => {
    const others = [message({ state: 'sending' })];
    const first = waitMs(message({ rank: 1 }), others, 0);
    const last = waitMs(message({ rank: 3 }), others, 0);
    expect(first).toBeGreaterThanOrEqual(orderBoundMs);
    expect(last).toBeGreaterThan(first);
    expect(last).toBeLessThan(orderBoundMs + 500);
    expect(waitMs(message({ rank: 3 }), others, last)).toBe(0);
  });

  it('an older text is not sent after a newer one to the same reader', () => {
    expect(isOvertaken(message({}), [message({ batch: 2, state: 'accepted' })])).toBe(true);
    expect(isOvertaken(message({}), [message({ batch: 2 })])).toBe(false);
    expect(isOvertaken(message({}), [message({ batch: 2, state: 'accepted', channel: 'hooks' })])).toBe(false);
    expect(isOvertaken(message({}), [message({ batch: 1, state: 'accepted' })])).toBe(false);
  });
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
