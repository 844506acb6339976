import { DrError } from '@novacron/contracts';
import { settle } from './settlement.js';

const facts = { deliveries: 1, maxDeliveries: 5, random: 0.5 };
const retryable = new DrError('UNREACHABLE', 'not there');
const lasting = new DrError('INVALID_MESSAGE', 'wrong');

describe('settlement', () => {
  it('acknowledges success', () => {
    expect(settle(facts)).toEqual({ verb: 'ack' });
  });

  it.each([
    [1, 1_000],
    [2, 5_000],
    [3, 15_000],
    [4, 60_000],
  ])('retries attempt %i after %i ms', (deliveries, delayMs) => {
    expect(settle({ ...facts, deliveries, error: retryable })).toMatchObject({ verb: 'retry', delayMs });
  });

  it('spreads the pause by a fifth', () => {
    expect(settle({ ...facts, random: 0, error: retryable })).toMatchObject({ delayMs: 800 });
    expect(settle({ ...facts, random: 1, error: retryable })).toMatchObject({ delayMs: 1_200 });
  });

  it('dead-letters the last attempt, and one more that a crash before it left over', () => {
    expect(settle({ ...facts, deliveries: 5, error: retryable })).toEqual({ verb: 'dead-letter', error: retryable });
    expect(settle({ ...facts, deliveries: 6, error: retryable })).toMatchObject({ verb: 'dead-letter' });
  });

  it('dead-letters at once what no retry can help', () => {
    expect(settle({ ...facts, error: lasting })).toEqual({ verb: 'dead-letter', error: lasting });
  });

  it('retries an error of unknown kind and keeps it as the cause', () => {
    const bug = new TypeError('x is undefined');

    const settlement = settle({ ...facts, error: bug });

    expect(settlement).toMatchObject({ verb: 'retry', error: { code: 'INTERNAL', cause: bug } });
  });
});
