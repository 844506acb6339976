import { CheckEvidence } from '@novacron/contracts';
import { vantagesHeard } from './vantage-words.js';

const sinceMs = Date.parse('2026-01-01T00:00:10Z');
const look = (vantage: string, change: Partial<CheckEvidence> = {}): CheckEvidence =>
  Object.assign(new CheckEvidence(), {
    ...{ vantage, check: 'postgres', state: 'ok', consecutiveFailures: 0, observedAt: '2026-01-01T00:00:11Z' },
    ...change,
  });

describe('vantagesHeard', () => {
  it('counts those whose every look since then was well', () => {
    const evidence = [look('beta'), look('alpha'), look('alpha', { check: 'api', state: 'degraded' })];
    expect(vantagesHeard('ok', evidence, sinceMs)).toEqual({
      ...{ state: 'ok', well: ['alpha', 'beta'], problems: [], unheard: [] },
    });
  });

  it('has not heard who looked before, or cannot see', () => {
    const evidence = [
      look('alpha', { observedAt: '2026-01-01T00:00:09Z' }),
      look('beta', { state: 'unknown' }),
      look('gamma'),
      look('gamma', { check: 'api', observedAt: '2026-01-01T00:00:01Z' }),
    ];
    expect(vantagesHeard('ok', evidence, sinceMs)).toMatchObject({ well: [], unheard: ['alpha', 'beta', 'gamma'] });
  });

  it('names what was found wrong, and by whom', () => {
    const evidence = [look('alpha', { state: 'failed', problem: 'connection refused' }), look('beta')];
    expect(vantagesHeard('degraded', evidence, sinceMs)).toEqual({
      ...{ state: 'degraded', well: ['beta'], problems: ['alpha: postgres: connection refused'], unheard: [] },
    });
  });
});
