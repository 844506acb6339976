import type { Check } from '@novacron/contracts';
import { type LastWordsSource, lastWordsOf } from './announcements.js';

const checks = Array.from({ length: 30 }, (_, index) => ({ name: `check-${index}` }) as Check);
const sample = (index: number) => ({
  ...{ state: 'unknown', latencyMs: 0, consecutiveFailures: 0, problem: 'this vantage cannot reach its own witness' },
  observedAt: new Date(1_000 * (30 - index)).toISOString(),
});
const picture = {
  lastOf: (vantage: string, _site: string, check: string) => {
    const index = Number(check.split('-')[1]);
    return vantage === 'alpha' ? { opinion: { last: sample(index) }, ageMs: index * 1_000 } : undefined;
  },
} as unknown as LastWordsSource;
const judge = { sites: ['primary'], checksOf: () => checks.toReversed() };

describe('the last words of a vantage', () => {
  it('are its newest, and not thousands', () => {
    const words = lastWordsOf(picture, judge, 'alpha');
    expect(words).toHaveLength(20);
    expect(words[0]).toEqual({
      ...{ site: 'primary', check: 'check-0', state: 'unknown', observedAt: new Date(30_000).toISOString() },
      problem: 'this vantage cannot reach its own witness',
    });
    expect(words.at(-1)?.check).toBe('check-19');
  });

  it('are none where it was never heard', () => {
    expect(lastWordsOf(picture, judge, 'beta')).toEqual([]);
  });
});
