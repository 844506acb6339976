import type { Check, CheckEvidence, CheckState } from '@novacron/contracts';
import { conditionsOf, sightOf } from './conditions.js';

const check = (name: string, role: Check['role'], site = 'primary'): Check => ({ name, role, site, kind: 'tcp' });
const checks = [
  check('postgres', 'database'),
  check('api', 'api'),
  check('api-2', 'api'),
  check('worker', 'workers'),
  check('api', 'api', 'dr'),
  check('checksums', 'integrity'),
  check('canary', 'security'),
];
const said = (name: string, ...states: CheckState[]): CheckEvidence[] =>
  states.map((state, i) => ({
    vantage: `v${i}`,
    check: name,
    state,
    consecutiveFailures: 3,
    observedAt: '2026-01-01T00:00:00Z',
  }));

describe('conditionsOf', () => {
  it.each<[string, CheckEvidence[], string[]]>([
    ['nothing said', [], []],
    ['all say the database failed', said('postgres', 'failed', 'failed', 'failed'), ['database-down']],
    ['two of three', said('postgres', 'failed', 'failed', 'ok'), ['database-down']],
    ['one of three', said('postgres', 'failed', 'ok', 'ok'), []],
    ['one of two that see: a tie', said('postgres', 'failed', 'ok', 'unknown'), []],
    ['two of four: a tie', said('postgres', 'failed', 'failed', 'ok', 'ok'), []],
    ['two that see, of four: no quorum', said('postgres', 'failed', 'failed', 'unknown', 'unknown'), []],
    [
      'three that see, of five, two of them',
      said('postgres', 'failed', 'failed', 'ok', 'unknown', 'unknown'),
      ['database-down'],
    ],
    ['slow is not down', said('postgres', 'failed', 'degraded', 'degraded'), ['slow-response']],
    ['failed, slow and well: nobody has a majority', said('postgres', 'failed', 'degraded', 'ok'), []],
    ['one that sees, of three', said('postgres', 'failed', 'unknown', 'unknown'), []],
    ['nobody can see', said('postgres', 'unknown', 'unknown', 'unknown'), []],
    ['one of two API checks', said('api', 'failed', 'failed', 'failed'), []],
    ['both API checks', [...said('api', 'failed', 'failed'), ...said('api-2', 'failed', 'failed')], ['api-down']],
    ['slow', said('postgres', 'degraded', 'degraded', 'ok'), ['slow-response']],
    ['damaged pages', said('checksums', 'failed', 'failed', 'ok'), ['corruption-suspected']],
    ['a canary was encrypted', said('canary', 'failed', 'failed', 'failed'), ['ransomware-suspected']],
    ['slow in one eye', said('postgres', 'degraded', 'ok', 'ok'), []],
  ])('%s', (_title, evidence, expected) => {
    expect([...conditionsOf('primary', checks, evidence)]).toEqual(expected);
  });
});

describe('sightOf', () => {
  it('counts vantages, not checks', () => {
    expect(
      sightOf([...said('postgres', 'failed', 'unknown', 'ok'), ...said('api', 'unknown', 'unknown', 'ok')]),
    ).toEqual({
      seeing: 2,
      total: 3,
    });
    expect(sightOf([])).toEqual({ seeing: 0, total: 0 });
  });
});
