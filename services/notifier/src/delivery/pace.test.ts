import { Breaker } from './breaker.js';
import { policyOf } from './channel-policy.js';
import { RateLimit } from './rate-limit.js';

describe('the pace of a channel', () => {
  it('lets as many go at once as a second allows, and then one by one', () => {
    const rate = new RateLimit(2, 0);
    expect([rate.take(0), rate.take(0)]).toEqual([0, 0]);
    expect(rate.take(0)).toBe(500);
    expect(rate.take(499)).toBeGreaterThan(0);
    expect(rate.take(500)).toBe(0);
  });

  it('never lets more go in a minute than the provider takes', () => {
    const rate = new RateLimit(1, 0);
    let sent = 0;
    for (let ms = 0; ms <= 60_000; ms += 10) if (rate.take(ms) === 0) sent += 1;
    expect(sent).toBeLessThanOrEqual(61);
    expect(sent).toBeGreaterThanOrEqual(60);
  });

  it('pauses for everyone when the provider asks for it', () => {
    const rate = new RateLimit(100, 0);
    rate.pause(5_000);
    expect(rate.take(0)).toBe(5_000);
    expect(rate.take(5_000)).toBe(0);
  });
});

describe('a provider that does not answer', () => {
  const broken = (): Breaker => {
    const breaker = new Breaker();
    for (let failure = 0; failure < 5; failure += 1) breaker.failed(0);
    return breaker;
  };

  it('is left alone after five failures in a row, not after four', () => {
    const breaker = new Breaker();
    for (let failure = 0; failure < 4; failure += 1) breaker.failed(0);
    expect(breaker.enter(0)).toBe(0);
    breaker.failed(0);
    expect(breaker.state(0)).toBe('open');
    expect(breaker.enter(0)).toBe(5_000);
  });

  it('is tried by one message at a time afterwards, with longer pauses between', () => {
    const breaker = broken();
    expect(breaker.enter(5_000)).toBe(0);
    expect(breaker.enter(5_000)).toBeGreaterThan(0);
    breaker.failed(5_000);
    expect(breaker.enter(5_000)).toBe(10_000);
    for (let pause = 0; pause < 10; pause += 1) breaker.failed(20_000);
    expect(breaker.enter(20_000)).toBe(60_000);
  });

  it('is taken back when it answers', () => {
    const breaker = broken();
    breaker.enter(5_000);
    breaker.succeeded();
    expect(breaker.state(5_000)).toBe('closed');
  });
});

describe('patience', () => {
  it('is short where another channel stands in', () => {
    expect(policyOf({ name: 'a', kind: 'webhook' }).retry.giveUpMs).toBe(30 * 60_000);
    expect(policyOf({ name: 'a', kind: 'webhook', fallback: 'b' }).retry.giveUpMs).toBe(120_000);
    expect(policyOf({ name: 'a', kind: 'slack', fallback: 'b', fallbackAfter: '30s' })).toMatchObject({
      ratePerSecond: 1,
      retry: { giveUpMs: 30_000 },
    });
  });
});
