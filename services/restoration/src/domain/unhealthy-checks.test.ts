import { unhealthyChecks } from './unhealthy-checks.js';

describe('unhealthyChecks', () => {
  it('names what is not ok, unless it is announced', () => {
    const checks = {
      postgres: { state: 'ok', suppressed: false },
      api: { state: 'failed', suppressed: false },
      worker: { state: 'unknown', suppressed: true },
    };

    expect(unhealthyChecks({ sites: { primary: { checks } } }, 'primary')).toEqual(['api of primary (failed)']);
  });

  it('knows of a site that is not reported nothing bad', () => {
    expect(unhealthyChecks({}, 'primary')).toEqual([]);
  });
});
