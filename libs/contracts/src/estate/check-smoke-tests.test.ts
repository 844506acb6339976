import { smokeTestProblems } from './check-smoke-tests.js';
import type { Estate } from './estate.js';
import type { SmokeTest } from './failover-checks.js';

const problemsOf = (...smokeTests: Partial<SmokeTest>[]): string[] => {
  const failover = { smokeTests, allow: { programs: ['bin/probe'], hosts: ['127.0.0.1', '{site}.example.org'] } };
  const estate = { databases: [{ name: 'orders' }], failover } as unknown as Estate;
  return smokeTestProblems(estate).map(({ path, problem }) => `${path}: ${problem}`);
};

describe('smokeTestProblems', () => {
  it('finds nothing wrong with tests that are whole and allowed', () => {
    expect(
      problemsOf(
        { name: 'rows', kind: 'sql', of: 'orders', sql: 'select count(*) from orders' },
        { name: 'door', kind: 'http', url: 'http://127.0.0.1:8080/health' },
        { name: 'site', kind: 'http', url: 'https://{site}.example.org/' },
        { name: 'probe', kind: 'command', command: ['bin/probe', '{site}'] },
      ),
    ).toEqual([]);
  });

  it.each([
    [[{ name: 'a', kind: 'sql', of: 'orders' }], '[0]: a smoke test of kind sql needs sql'],
    [[{ name: 'a', kind: 'http' }], '[0]: a smoke test of kind http needs url'],
    [[{ name: 'a', kind: 'command' }], '[0]: a smoke test of kind command needs command'],
    [[{ name: 'a', kind: 'sql', of: 'mars', sql: 'select 1' }], '[0].of: names database mars'],
    [
      [{ name: 'a', kind: 'command', command: ['/bin/rm'] }],
      '[0].command: runs /bin/rm, which failover.allow.programs',
    ],
    [
      [{ name: 'a', kind: 'http', url: 'http://example.com/' }],
      '[0].url: calls example.com, which failover.allow.hosts',
    ],
  ] as const)('says what is wrong with %j', (tests, problem) => {
    expect(problemsOf(...(tests as unknown as SmokeTest[]))).toEqual([expect.stringContaining(problem)]);
  });

  it('wants names that are used once', () => {
    const test = { name: 'a', kind: 'sql', of: 'orders', sql: 'select 1' } as const;
    expect(problemsOf(test, test)).toEqual(['failover.smokeTests[1].name: a stands here a second time']);
  });
});
