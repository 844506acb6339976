import type { FailoverCondition } from '@novacron/contracts';
import type { AffectedTier } from './affected-tiers.js';
import { decide } from './decide.js';
import type { DecisionInput } from './decision-input.js';
import type { StandbyView } from './standby-view.js';

const minute = 60_000;
const secondary: StandbyView = {
  ...{ site: 'secondary', region: 'us-west-2', role: 'hot-standby', capacityPercent: 100 },
  ...{ reachable: true, promotable: true, inRecovery: true, dataFlowing: false, synchronous: true },
};
const dr: StandbyView = {
  ...secondary,
  ...{ site: 'dr', region: 'eu-west-1', role: 'cold-standby', capacityPercent: 50 },
  ...{ synchronous: false, loss: { ms: 2_000, bytes: 4_096, rows: 7 } },
};
const tiers: AffectedTier[] = [
  { tier: 1, name: 'critical', services: ['payment'], rpoMs: 15 * minute, automation: 'full' },
  { tier: 2, name: 'essential', services: ['gateway'], rpoMs: 60 * minute, automation: 'partial' },
  { tier: 3, name: 'standard', services: ['reporting'], rpoMs: 240 * minute, automation: 'minimal' },
];
const lost: DecisionInput = {
  ...{ nowMs: 1_000_000, site: 'primary', region: 'us-east-1', activeSite: 'primary' },
  ...{ sight: { seeing: 3, total: 3 }, evidenceAgeMs: 200, maxEvidenceAgeMs: 10_000 },
  conditions: new Set<FailoverCondition>(['database-down', 'api-down', 'workers-down']),
  rules: [
    {
      name: 'site-down',
      when: ['database-down', 'api-down', 'workers-down'],
      confidence: 0.95,
      reason: 'Complete primary site failure',
    },
    { name: 'database-down', when: ['database-down'], confidence: 0.9, reason: 'Database failure' },
    { name: 'partition', when: ['network-partition'], confidence: 0.85, reason: 'Network partition detected' },
    { name: 'slow', when: ['slow-response'], confidence: 0.7, reason: 'Severe performance degradation' },
  ],
  ...{ threshold: 0.8, sureSinceMs: 1_000_000, dwell: { inRegionMs: 0, acrossRegionsMs: 0 } },
  ...{ tiers, automation: 'full', standbys: [secondary, dr], order: ['primary', 'secondary', 'dr'] },
  primaryAnswers: false,
};
const only = (...conditions: FailoverCondition[]): Partial<DecisionInput> => ({ conditions: new Set(conditions) });
const pause = { owner: 'Jane', reason: 'upgrade', until: '2026-01-01T00:00:00Z' };
const gone: StandbyView = { ...secondary, reachable: false };
const lagging = (ms: number): StandbyView => ({ ...dr, loss: { ms, bytes: 1_048_576, rows: 900 } });

function ruleOf(
  confidence: number,
  name = 'a',
  when: FailoverCondition[] = ['api-down'],
): DecisionInput['rules'][number] {
  return { name, when, confidence, reason: 'API failure' };
}

type Row = [title: string, change: Partial<DecisionInput>, verdict: string, reason: RegExp];

describe('decide', () => {
  it('moves to a target that is short of something where policy only wants it told', () => {
    const short = { ...secondary, short: ['runs PostgreSQL 15.4'] };
    expect(decide({ ...lost, standbys: [short, dr] })).toMatchObject({ action: 'act', code: 'permitted' });
    expect(decide({ ...lost, asksWhenShort: true, standbys: [secondary, { ...dr, short: ['x'] }] })).toMatchObject({
      action: 'act',
      acceptable: ['secondary'],
    });
  });

  it.each<Row>([
    [
      'the whole site is gone',
      {},
      'act permitted secondary',
      /^Complete primary site failure: service moves to secondary, it has every acknowledged row$/u,
    ],
    ['the database alone is gone', only('database-down'), 'act permitted secondary', /^Database failure/u],
    ['the site is cut off', only('network-partition'), 'act permitted secondary', /^Network partition detected/u],
    [
      'slow only',
      only('slow-response'),
      'none below-threshold',
      /^Severe performance degradation, at confidence 0\.7: acted on above 0\.8$/u,
    ],
    ['slow and API down', only('slow-response', 'api-down'), 'none below-threshold', /0\.7/u],
    ['API alone is gone: no rule', only('api-down'), 'none no-rule', /matches no failover rule/u],
    ['nothing is wrong', only(), 'none no-rule', /matches no failover rule/u],
    ['confidence equal to the threshold is not enough', { threshold: 0.95 }, 'none below-threshold', /above 0\.95/u],
    [
      '0.8 exactly',
      { ...only('api-down'), rules: [ruleOf(0.8)] },
      'none below-threshold',
      /at confidence 0\.8: acted on above 0\.8$/u,
    ],
    [
      '0.8 as a sum has it',
      { ...only('api-down'), rules: [ruleOf(0.1 + 0.7)] },
      'none below-threshold',
      /above 0\.8$/u,
    ],
    ['a little more', { ...only('api-down'), rules: [ruleOf(0.81)] }, 'act permitted secondary', /^API failure/u],
    [
      'cut off and the database gone: the surer rule speaks',
      only('network-partition', 'database-down'),
      'act permitted secondary',
      /^Database failure/u,
    ],
    [
      'database and API gone, workers not: not the whole site',
      only('database-down', 'api-down'),
      'act permitted secondary',
      /^Database failure/u,
    ],
    [
      'API and workers gone, the database not: no rule',
      only('api-down', 'workers-down'),
      'none no-rule',
      /no failover rule/u,
    ],
    ['slow and cut off', only('slow-response', 'network-partition'), 'act permitted secondary', /^Network partition/u],
    [
      'everything at once',
      only('slow-response', 'network-partition', 'database-down', 'api-down', 'workers-down'),
      'act permitted secondary',
      /^Complete/u,
    ],
    [
      'a rule without conditions never holds',
      { ...only('api-down'), rules: [ruleOf(1, 'a', [])] },
      'none no-rule',
      /no failover rule/u,
    ],
    ['no rules at all', { rules: [] }, 'none no-rule', /no failover rule/u],
  ])('the rules of the reference: %s', check);

  it.each<Row>([
    [
      'a standby is lost, not the primary',
      { site: 'secondary' },
      'none not-the-primary',
      /secondary holds no primary/u,
    ],
    ['no epoch', { activeSite: undefined }, 'none no-epoch', /no epoch/u],
    ['an operation runs', { runningOperation: 'failover-1' }, 'none operation-running', /failover-1/u],
    [
      'an operation runs, and nobody can see',
      { runningOperation: 'failover-1', sight: { seeing: 0, total: 3 } },
      'none operation-running',
      /failover-1/u,
    ],
  ])('what is not ours to decide: %s', check);

  it.each<Row>([
    ['one of three', { sight: { seeing: 1, total: 3 } }, 'none no-quorum', /only 1 of 3 vantages can see primary/u],
    ['half of four', { sight: { seeing: 2, total: 4 } }, 'none no-quorum', /2 of 4/u],
    ['two of three', { sight: { seeing: 2, total: 3 } }, 'act permitted secondary', /Complete/u],
    ['nobody was asked', { sight: { seeing: 0, total: 0 } }, 'none no-quorum', /0 of 0/u],
    ['old news', { evidenceAgeMs: 10_001 }, 'none stale-evidence', /11 s old/u],
    ['news at the limit', { evidenceAgeMs: 10_000 }, 'act permitted secondary', /Complete/u],
    ['no news', { evidenceAgeMs: undefined }, 'none stale-evidence', /nobody answers/u],
    [
      'a prober that is offline says nothing of the site',
      { ...only(), sight: { seeing: 0, total: 3 } },
      'none no-quorum',
      /0 of 3/u,
    ],
  ])('eyes: %s', check);

  it.each<Row>([
    [
      'corruption',
      only('corruption-suspected'),
      'recover point-in-time-recovery',
      /damage to the data of primary.*scenario data_corruption/u,
    ],
    [
      'corruption, and the site is gone too',
      { conditions: new Set<FailoverCondition>([...lost.conditions, 'corruption-suspected']) },
      'recover point-in-time-recovery',
      /none is promoted/u,
    ],
    [
      'ransomware',
      only('ransomware-suspected', 'database-down'),
      'recover point-in-time-recovery',
      /an attack on.*scenario ransomware_attack/u,
    ],
    [
      'ransomware while the primary answers',
      { ...only('ransomware-suspected'), primaryAnswers: true },
      'recover point-in-time-recovery',
      /targetTime/u,
    ],
    [
      'suspected by too few',
      { ...only('ransomware-suspected'), sight: { seeing: 1, total: 3 } },
      'none no-quorum',
      /1 of 3/u,
    ],
    [
      'on a standby, not on the primary',
      { ...only('corruption-suspected'), site: 'dr' },
      'none not-the-primary',
      /dr holds no primary/u,
    ],
  ])('where a replica is no help: %s', check);

  it.each<Row>([
    [
      'to the secondary',
      { standbys: [{ ...secondary, dataFlowing: true }, dr] },
      'none data-flowing',
      /secondary still receives data from primary/u,
    ],
    ['to dr alone', { standbys: [secondary, { ...dr, dataFlowing: true }] }, 'none data-flowing', /dr still receives/u],
    [
      'to a standby that is not to be promoted',
      { standbys: [{ ...secondary, promotable: false, dataFlowing: true }] },
      'none data-flowing',
      /alive/u,
    ],
    [
      'asymmetric partition: cut off from the vantages, not from its standby',
      { ...only('network-partition'), standbys: [{ ...secondary, dataFlowing: true }] },
      'none data-flowing',
      /whatever the probes say/u,
    ],
    ['the primary answers us', { primaryAnswers: true }, 'none primary-answers', /answers us and takes writes/u],
    [
      'data flow outvotes a pause',
      { pause, standbys: [{ ...secondary, dataFlowing: true }] },
      'none data-flowing',
      /alive/u,
    ],
  ])('data still flowing vetoes: %s', check);

  it.each<Row>([
    ['paused', { pause }, 'none paused', /Jane has paused automatic failover until 2026-01-01T00:00:00Z: upgrade/u],
    ['paused, but below the threshold anyway', { ...only('slow-response'), pause }, 'none below-threshold', /0\.7/u],
    [
      'declined',
      { declined: { by: 'Bob', reason: 'the power is back in a minute' } },
      'none declined',
      /Bob decided against moving service: the power/u,
    ],
  ])('humans: %s', check);

  it.each<Row>([
    ['nobody answers', { standbys: [gone] }, 'none no-promotable-standby', /secondary does not answer/u],
    [
      'nobody may be promoted',
      { standbys: [{ ...secondary, promotable: false }] },
      'none no-promotable-standby',
      /not to be promoted/u,
    ],
    [
      'the standby is not one',
      { standbys: [{ ...secondary, inRecovery: false }] },
      'none no-promotable-standby',
      /is not a standby/u,
    ],
    [
      'replay is paused',
      { standbys: [{ ...secondary, problem: 'has paused replay with WAL pending' }] },
      'none no-promotable-standby',
      /paused replay/u,
    ],
    ['there is no standby', { standbys: [] }, 'none no-promotable-standby', /there is none/u],
    [
      'two reasons, both named',
      { standbys: [gone, { ...dr, promotable: false }] },
      'none no-promotable-standby',
      /secondary does not answer; dr is not to be promoted/u,
    ],
  ])('no promotable standby: %s', check);

  it.each<Row>([
    [
      'lossless goes before the order',
      { order: ['primary', 'dr', 'secondary'] },
      'act permitted secondary',
      /every acknowledged row/u,
    ],
    [
      'secondary gone too',
      { standbys: [gone, dr] },
      'act permitted dr',
      /dr, it lacks at most about 2 s \(7 rows, 4 KiB\), within the RPO of 15 min of tier 1 \(critical\); secondary, for which commits waited, does not answer and may have acknowledged rows that dr lacks$/u,
    ],
    [
      'secondary silent, and what dr lacks is beyond what was promised',
      { standbys: [gone, lagging(16 * minute)] },
      'ask loss-beyond-rpo dr',
      /must accept that; secondary, for which commits waited, does not answer/u,
    ],
    [
      'secondary silent, and what dr lacks has no bound',
      { standbys: [gone, { ...dr, loss: { ms: 2_000, bytes: 1, rows: 1, atLeast: true } }] },
      'ask loss-unknown dr',
      /nobody knows how much would be lost.*; secondary, for which commits waited/u,
    ],
    [
      'secondary silent, no loss was promised to anybody',
      { standbys: [gone, dr], tiers: [{ ...tiers[0]!, rpoMs: 0 }] },
      'ask loss-beyond-rpo dr',
      /secondary, for which commits waited/u,
    ],
    [
      'an asynchronous standby is silent: it holds nobody’s promise',
      { standbys: [{ ...gone, synchronous: false }, dr] },
      'act permitted dr',
      /tier 1 \(critical\)$/u,
    ],
    [
      'a warm site before a cold one at the same position',
      {
        standbys: [
          { ...dr, position: '0/5' },
          { ...dr, site: 'warm', role: 'warm-standby', position: '0/5' },
        ],
      },
      'act permitted warm',
      /warm/u,
    ],
    [
      'a site outside the order comes last',
      { order: ['dr'], standbys: [{ ...dr, site: 'aaa' }, dr] },
      'act permitted dr',
      /dr/u,
    ],
  ])('target: %s', check);

  it.each<Row>([
    ['at the RPO exactly', { standbys: [lagging(15 * minute)] }, 'act permitted dr', /within/u],
    [
      'beyond the RPO',
      { standbys: [lagging(15 * minute + 1)] },
      'ask loss-beyond-rpo dr',
      /would lose about 16 min \(900 rows, 1 MiB\), more than the RPO of 15 min of tier 1 \(critical\)/u,
    ],
    [
      'no sample reaches back to where it stands',
      { standbys: [{ ...dr, loss: { ms: 1_000, bytes: 9, rows: 1, atLeast: true, openEnded: true } }] },
      'ask loss-unknown dr',
      /it would lose at least 1 s \(1 rows, 9 bytes\), and nobody knows how much more/u,
    ],
    [
      'unknown loss',
      { standbys: [{ ...dr, loss: undefined }] },
      'ask loss-unknown dr',
      /nobody knows how much would be lost/u,
    ],
    [
      'only tier 2 suffers, nothing lost',
      { tiers: tiers.slice(1) },
      'ask automation-partial secondary',
      /asks a human/u,
    ],
    [
      'only tier 3 suffers',
      { tiers: tiers.slice(2) },
      'none automation-minimal secondary',
      /command\.failover\.start to secondary/u,
    ],
    ['the estate asks always', { automation: 'partial' }, 'ask automation-partial secondary', /asks a human/u],
    [
      'asking says what would be lost',
      { automation: 'partial', standbys: [dr] },
      'ask automation-partial dr',
      /asks a human.* and it would lose about 2 s/u,
    ],
    [
      'asking says that nobody knows what would be lost',
      { automation: 'partial', standbys: [{ ...dr, loss: undefined }] },
      'ask automation-partial dr',
      /and nobody knows how much/u,
    ],
    [
      'the estate only reports',
      { automation: 'minimal' },
      'none automation-minimal secondary',
      /leaves it to a human/u,
    ],
  ])('acting or asking: %s', check);

  it.each<Row>([
    [
      'in the region, not yet',
      { ...dwelling(9_999), standbys: [{ ...secondary, region: 'us-east-1' }] },
      'wait dwell secondary',
      /waiting until .* whether it lasts, before service moves to secondary$/u,
    ],
    [
      'in the region, long enough',
      { ...dwelling(10_000), standbys: [{ ...secondary, region: 'us-east-1' }] },
      'act permitted secondary',
      /Complete/u,
    ],
    ['another region, not yet', dwelling(10_000), 'wait dwell secondary', /in another region \(us-west-2\)/u],
    ['another region, long enough', dwelling(60_000), 'act permitted secondary', /Complete/u],
    [
      'no region known: as within one',
      { ...dwelling(10_000), region: undefined },
      'act permitted secondary',
      /Complete/u,
    ],
    ['a pause comes first', { ...dwelling(0), pause }, 'none paused', /Jane/u],
    ['asking waits too', { ...dwelling(0), automation: 'partial' }, 'wait dwell secondary', /waiting/u],
  ])('dwell: %s', check);

  it.each<Row>([
    [
      'no standby has followed since the last move',
      { unprotectedSince: { operationId: 'failover-7', at: '2026-01-01T00:00:00Z' } },
      'ask not-redundant secondary',
      /moved to primary by failover-7 at 2026-01-01T00:00:00Z, and no standby has followed it since/u,
    ],
    [
      'it was tried and undone',
      { undone: { operationId: 'failover-8', reason: 'the fence reached L4' } },
      'ask undone-before secondary',
      /failover-8 tried it and was undone: the fence reached L4/u,
    ],
    [
      'half the capacity',
      { minimumCapacityPercent: 80, standbys: [dr] },
      'ask too-small dr',
      /50 % of the capacity, less than the 80 %/u,
    ],
    [
      'short of what policy asks for',
      { asksWhenShort: true, standbys: [{ ...secondary, short: ['has 1 MiB free on its disk, 1 GiB are needed'] }] },
      'ask target-short secondary',
      /secondary can take over, but secondary has 1 MiB free on its disk, 1 GiB are needed$/u,
    ],
    [
      'half the capacity, beyond the RPO: both are said',
      { minimumCapacityPercent: 80, standbys: [lagging(16 * minute)] },
      'ask loss-beyond-rpo dr',
      /would lose about 16 min.* and dr has 50 %/u,
    ],
    ['enough capacity', { minimumCapacityPercent: 50, standbys: [dr] }, 'act permitted dr', /dr/u],
    [
      'minimal automation asks nobody, whatever the doubts',
      { automation: 'minimal', undone: { operationId: 'x', reason: 'y' } },
      'none automation-minimal secondary',
      /human/u,
    ],
  ])('doubts: %s', check);

  it('takes, of two rules that are equally sure, the one that the estate names first', () => {
    const [a, b] = [ruleOf(0.9), ruleOf(0.9, 'b')];
    expect(decide({ ...lost, ...only('api-down'), rules: [a, b] }).rule).toBe('a');
    expect(decide({ ...lost, ...only('api-down'), rules: [b, a] }).rule).toBe('b');
  });

  it('takes the surest of the rules that hold, and says which', () => {
    expect(decide(lost)).toMatchObject({ confidence: 0.95, rule: 'site-down' });
    expect(decide({ ...lost, ...only('database-down') })).toMatchObject({ confidence: 0.9, rule: 'database-down' });
    expect(decide({ ...lost, ...only() })).toMatchObject({ confidence: 0 });
  });

  it.each<[string, Partial<DecisionInput>, string[] | undefined]>([
    ['whoever loses no more than was promised', {}, ['secondary', 'dr']],
    ['not one that loses more', { standbys: [secondary, lagging(16 * minute)] }, ['secondary']],
    ['not one of which nobody knows', { standbys: [secondary, { ...dr, loss: undefined }] }, ['secondary']],
    [
      'not one whose loss has no bound, where who would know is silent',
      { standbys: [gone, dr, { ...dr, site: 'z', loss: { ms: 1, bytes: 1, rows: 1, atLeast: true } }] },
      ['dr'],
    ],
    ['not one that is too small', { minimumCapacityPercent: 80 }, ['secondary']],
    [
      'what a human was told of, and what is better',
      {
        standbys: [
          lagging(20 * minute),
          { ...lagging(30 * minute), site: 'z' },
          { ...lagging(16 * minute), site: 'y' },
        ],
      },
      ['dr', 'y'],
    ],
    ['nobody, where nothing is moved', { primaryAnswers: true }, undefined],
  ])('may be promoted: %s', (_title, change, expected) => {
    expect(decide({ ...lost, ...change }).acceptable).toEqual(expected);
  });

  it('says what would be lost', () => {
    expect(decide(lost).loss).toEqual({ ms: 0, bytes: 0, rows: 0 });
    expect(decide({ ...lost, standbys: [dr] }).loss).toEqual(dr.loss);
    expect(decide({ ...lost, standbys: [{ ...dr, loss: undefined }] })).not.toHaveProperty('loss');
  });
});

function check(_title: string, change: Partial<DecisionInput>, expected: string, reason: RegExp): void {
  const verdict = decide({ ...lost, ...change });

  expect([verdict.action, verdict.code, verdict.targetSite].filter(Boolean).join(' ')).toBe(expected);
  expect(verdict.reason).toMatch(reason);
}

function dwelling(forMs: number): Partial<DecisionInput> {
  return { sureSinceMs: 1_000_000 - forMs, dwell: { inRegionMs: 10_000, acrossRegionsMs: 60_000 } };
}
