import { type Check, type Estate, Observation, Report, validate } from '@novacron/contracts';
import { PaceRecord } from '../sampling/pace-record.js';
import { EpisodeBook } from './episode-book.js';
import { healthReport } from './health-report.js';
import { MaintenanceBook } from './maintenance-book.js';
import { Picture } from './picture.js';
import { SiteJudge } from './site-judge.js';

const sites = ['primary', 'secondary', 'dr'];
const vantages = ['alpha', 'beta', 'gamma'];
const stored = { read: async () => undefined, write: async () => 1 };

/** Everything that was heard of so many checks; those whose number `fails` names have failed three times. */
function sources(count: number, fails: (i: number) => boolean) {
  const checks = Array.from({ length: count }, (_, i): Check => ({
    name: `check-${i}`,
    site: sites[i % 3] as string,
    kind: 'http',
    role: 'api',
  }));
  const rules = { failures: 3, recoveries: 3, siteLostWhen: ['database', 'api'] };
  const health = { interval: '10s', timeout: '8s', vantages: vantages.map((name) => ({ name })), checks, rules };
  const estate = { sites: sites.map((name) => ({ name, role: 'production' })), health } as unknown as Estate;
  const picture = new Picture(estate.health);
  for (const vantage of vantages)
    for (const [i, { name, site }] of checks.entries())
      picture.hear(
        new Observation({
          vantage,
          site,
          check: name,
          kind: 'http',
          state: fails(i) ? 'failed' : 'ok',
          consecutiveFailures: fails(i) ? 3 : 0,
          latencyMs: 12,
          observedAt: new Date().toISOString(),
          ...(fails(i) ? { problem: 'x'.repeat(500) } : {}),
        }),
      );
  const maintenance = new MaintenanceBook(stored);
  const judge = new SiteJudge(estate, picture, maintenance);
  const looking = { pace: new PaceRecord(), checksHere: count };
  const keeper = { sightOf: () => 'seeing' as const };
  return { estate, vantage: 'alpha', looking, picture, judge, episodes: new EpisodeBook(), maintenance, keeper };
}

const reported = (...asked: Parameters<typeof healthReport>) =>
  JSON.parse(healthReport(...asked)) as Record<string, unknown>;
type Sites = Record<string, { checks: Record<string, { state: string; vantages?: Record<string, object> }> }>;

describe('the last state of everything', () => {
  it.each([
    ['well', () => false],
    ['in part failed', (i: number) => i % 7 === 0],
    ['all failed', () => true],
  ])('of 5,000 checks, %s, fits into one message, and names the state of each', (_title, fails) => {
    const from = sources(5_000, fails);
    const begun = process.cpuUsage();
    const text = healthReport(from, {});
    const tookMs = process.cpuUsage(begun).user / 1000;

    expect(text.length).toBeLessThan(1_000_000);
    // The figure itself (50 ms) is measured by `npm run bench -- probes`; this is for what would make it another order, in our own processor time.
    expect(tookMs).toBeLessThan(1_000);
    const states = (JSON.parse(text) as { sites: Sites }).sites;
    expect(sites.map((site) => Object.keys(states[site]?.checks ?? {}).length)).toEqual([1_667, 1_667, 1_666]);
    expect(() =>
      validate(Report, { at: new Date().toISOString(), report: JSON.parse(text) as unknown }, 'strict'),
    ).not.toThrow();
    for (const i of [0, 1, 7, 4_999])
      expect(states[sites[i % 3] as string]?.checks[`check-${i}`]?.state).toBe(fails(i) ? 'failed' : 'ok');
  });

  it('of as many, is another as soon as one of them is', () => {
    const from = sources(5_000, () => false);
    const stateOf = (check: string) =>
      (reported(from, {})['sites'] as Sites)['primary']?.checks[check] ?? { state: 'missing' };
    expect([stateOf('check-3'), stateOf('check-3')]).toEqual([{ state: 'ok' }, { state: 'ok' }]);
    for (const vantage of ['alpha', 'beta'])
      for (const failures of [1, 2, 3])
        from.picture.hear(
          new Observation({
            vantage,
            site: 'primary',
            check: 'check-3',
            kind: 'http',
            state: 'failed',
            consecutiveFailures: failures,
            latencyMs: 12,
            observedAt: new Date().toISOString(),
          }),
        );
    expect(stateOf('check-3')).toMatchObject({ state: 'failed', vantages: { beta: { consecutiveFailures: 3 } } });
    expect(stateOf('check-6')).toEqual({ state: 'ok' });
    expect((reported(from, {})['sites'] as Sites)['primary']).toMatchObject({ reason: 'check-3 has failed' });
  });

  it('tells everything of one check where it is asked for', () => {
    const report = reported(
      sources(5_000, () => false),
      { site: 'primary', check: 'check-3' },
    );
    const checks = (report['sites'] as Sites)['primary']?.checks ?? {};

    expect(Object.keys(checks)).toEqual(['check-3']);
    expect(Object.keys(checks['check-3']?.vantages ?? {})).toEqual(vantages);
    expect(report['condensed']).toBeUndefined();
  });

  it('tells everything of a few checks without being asked', () => {
    const report = reported(
      sources(12, () => false),
      { vantage: 'beta' },
    );
    const checks = (report['sites'] as Sites)['secondary']?.checks ?? {};

    expect(Object.values(checks).map((check) => Object.keys(check.vantages ?? {}))).toEqual(
      Object.keys(checks).map(() => ['beta']),
    );
  });
});
