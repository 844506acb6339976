import type { CheckEvidence, CheckState } from '@novacron/contracts';
import { firstFailureMs } from './first-failure.js';

const said = (state: CheckState, second: number, consecutiveFailures: number): CheckEvidence => ({
  ...{ vantage: 'alpha', check: 'postgres', state, consecutiveFailures },
  observedAt: new Date(second * 1_000).toISOString(),
});

describe('firstFailureMs', () => {
  it.each<[string, CheckEvidence[], number | undefined]>([
    ['nothing said', [], undefined],
    ['nothing failed', [said('ok', 10, 0), said('unknown', 10, 0)], undefined],
    ['one failure', [said('failed', 10, 1)], 10_000],
    ['three in a row', [said('failed', 10, 3)], 9_000],
    ['the earliest of several', [said('failed', 10, 3), said('failed', 10, 5), said('degraded', 1, 9)], 8_000],
  ])('%s', (_title, evidence, expected) => {
    expect(firstFailureMs(evidence, 500)).toBe(expected);
  });
});
