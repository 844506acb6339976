import type { CheckState } from '@novacron/contracts';
import type { Opinion, Settled } from './opinion.js';
import { voiceOf } from './voice.js';

const rules = { failures: 3, recoveries: 3 };
const opinion = (settled: Settled | undefined, last: CheckState, successes = 0, unsteady = false): Opinion => ({
  last: { state: last, consecutiveFailures: 0, latencyMs: 1, observedAt: '2026-01-01T00:00:00Z' },
  ...(settled === undefined ? {} : { settled }),
  failures: 0,
  troubles: 0,
  successes,
  answers: successes,
  recent: '',
  unsteady,
});

describe('what a vantage says', () => {
  it.each([
    ['ok', 'ok', 3, 'ok', true],
    ['ok', 'ok', 2, 'ok', false],
    ['ok', 'failed', 0, 'ok', false],
    ['ok', 'unknown', 0, 'unknown', false],
    ['failed', 'failed', 0, 'failed', false],
    ['failed', 'ok', 2, 'undecided', false],
    ['failed', 'degraded', 0, 'undecided', false],
    ['failed', 'unknown', 0, 'unknown', false],
    ['degraded', 'degraded', 0, 'degraded', false],
    ['degraded', 'failed', 0, 'degraded', false],
    ['degraded', 'ok', 1, 'undecided', false],
    [undefined, 'failed', 0, 'undecided', false],
  ] as const)('settled on %s, last %s, %i good in a row: %s, steady %s', (settled, last, successes, word, steady) => {
    expect(voiceOf(opinion(settled, last, successes), true, rules)).toEqual({ word, steady });
  });

  it('is that it is unsteady while failures come and go', () => {
    expect(voiceOf(opinion('failed', 'ok', 1, true), true, rules).word).toBe('degraded');
    expect(voiceOf(opinion('failed', 'failed', 0, true), true, rules).word).toBe('failed');
  });

  it('is silence when it is old or was never heard', () => {
    expect(voiceOf(opinion('failed', 'failed'), false, rules).word).toBe('unknown');
    expect(voiceOf(undefined, true, rules).word).toBe('unknown');
  });
});
