import type { HealthMonitor } from '../health-monitor.js';
import { HealthRequests } from './health-requests.js';

const checks = Array.from({ length: 5_000 }, (_, index) => ({ name: `check-${index}`, site: 'primary' }));
const parts = {
  estate: { sites: [{ name: 'primary' }], health: { vantages: [{ name: 'alpha' }] } },
  judge: { checksOf: () => checks },
};
const requests = new HealthRequests({ parts } as unknown as HealthMonitor);

describe('a question for what is not there', () => {
  it.each([
    [{ site: 'moon' }, 'NOT_FOUND', 'site', 'use one of primary'],
    [{ vantage: 'omega' }, 'NOT_FOUND', 'vantage', 'use one of alpha'],
    [{ check: 'check-1' }, 'INVALID_MESSAGE', 'site', 'name its site too'],
  ])('%j: %s', (query, code, path, hint) => {
    expect(() => requests.status(query as never)).toThrow(
      expect.objectContaining({ code, hint, details: [expect.objectContaining({ path })] }),
    );
  });

  it('is not answered with thousands of names', () => {
    expect(() => requests.status({ site: 'primary', check: 'nothing' } as never)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND', hint: expect.stringMatching(/check-19 or 4980 more$/u) }),
    );
  });
});
