import type { SmokeTest } from '@novacron/contracts';
import { smokeBudgetMs, smokePlan, smokeWords } from './smoke-plan.js';

const tests: SmokeTest[] = [
  { name: 'rows', kind: 'sql' },
  { name: 'insert', kind: 'sql', writes: true },
  { name: 'door', kind: 'http' },
  { name: 'probe', kind: 'command' },
];
const names = (list: readonly SmokeTest[]): string[] => list.map(({ name }) => name);

describe('smokePlan', () => {
  it('tries all that do not write before the first write of a planned move', () => {
    const { before, after } = smokePlan(tests, 'planned');
    expect([names(before), names(after)]).toEqual([['rows', 'door', 'probe'], ['insert']]);
  });

  it('is told by a plan, with what writes', () => {
    expect(smokeWords(tests.slice(0, 2))).toEqual([
      'smoke test rows is run (sql)',
      'smoke test insert is run (sql, writes)',
    ]);
  });

  it('knows how long they may take together', () => {
    expect(smokeBudgetMs([])).toBe(0);
    expect(smokeBudgetMs(tests)).toBe(10_000);
    expect(smokeBudgetMs([{ name: 'slow', kind: 'http', timeout: '1m' }])).toBe(60_000);
  });

  it('lets customers of an unplanned failover wait for the database alone', () => {
    const { before, after } = smokePlan(tests, 'unplanned');
    expect([names(before), names(after)]).toEqual([['rows'], ['insert', 'door', 'probe']]);
  });
});
