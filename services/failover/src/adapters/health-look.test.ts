import { firstAnswer, healthOf } from './health-look.js';

const now = new Date('2026-01-01T00:00:00Z');
const look = (opinion: string, more: object = {}) => ({ opinion, observedAt: '2025-12-31T23:59:59Z', ...more });

describe('healthOf', () => {
  it('makes evidence of what every vantage says', () => {
    const vantages = {
      alpha: look('failed', { consecutiveFailures: 3, problem: 'connection refused', latencyMs: 4 }),
      beta: look('undecided'),
      gamma: { opinion: 'unknown', problem: 'never heard' },
    };
    const health = healthOf(
      { sites: { primary: { state: 'lost', checks: { postgres: { vantages } } } } },
      'primary',
      now,
    );

    expect(health).toMatchObject({ state: 'lost', isWell: false });
    expect(health?.evidence).toEqual([
      {
        ...{ vantage: 'alpha', check: 'postgres', state: 'failed', consecutiveFailures: 3, latencyMs: 4 },
        ...{ observedAt: '2025-12-31T23:59:59Z', problem: 'connection refused' },
      },
      {
        ...{ vantage: 'beta', check: 'postgres', state: 'degraded', consecutiveFailures: 0 },
        observedAt: '2025-12-31T23:59:59Z',
      },
      {
        ...{ vantage: 'gamma', check: 'postgres', state: 'unknown', consecutiveFailures: 0, problem: 'never heard' },
        observedAt: now.toISOString(),
      },
    ]);
  });

  it('is well only in so many words, and says nothing of a site that is not in the report', () => {
    expect(healthOf({ sites: { primary: { state: 'ok' } } }, 'primary', now)).toMatchObject({ isWell: true });
    expect(healthOf({ sites: { primary: { state: 'degraded' } } }, 'primary', now)).toMatchObject({ isWell: false });
    expect(healthOf({ sites: {} }, 'primary', now)).toBeUndefined();
    expect(healthOf({}, 'primary', now)).toBeUndefined();
  });
});

describe('firstAnswer', () => {
  const silent = (): Promise<never> => new Promise(() => undefined);
  const answered = { at: 'now' };

  it.each([
    ['the first', [() => Promise.resolve(answered)], 1],
    ['another, while one hangs', [silent, silent, () => Promise.resolve(answered)], 3],
    ['another, where one fails', [() => Promise.reject(new Error('gone')), () => Promise.resolve(answered)], 2],
  ])('is that of %s', async (_, asks, times) => {
    let asked = 0;
    const answer = await firstAnswer(() => (asks[asked++] ?? silent)(), 5);
    expect([answer, asked]).toEqual([answered, times]);
  });

  it('is none when every ask fails, and says so at once', async () => {
    let asked = 0;
    const failing = firstAnswer(() => Promise.reject(new Error(`gone ${(asked += 1)}`)), 60_000);
    await expect(failing).rejects.toThrow('All promises were rejected');
    expect(asked).toBeGreaterThan(1);
  });
});
