import type { FailoverCondition } from '@novacron/contracts';
import { decide, type DecisionInput, type StandbyView } from './decide.js';

const secondary: StandbyView = {
  site: 'secondary',
  reachable: true,
  promotable: true,
  inRecovery: true,
  dataFlowing: false,
  synchronous: true,
};
const dr: StandbyView = { ...secondary, site: 'dr', synchronous: false, lossMs: 2_000 };

const lost: DecisionInput = {
  site: 'primary',
  activeSite: 'primary',
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
  threshold: 0.8,
  automation: 'full',
  rpoMs: 900_000,
  standbys: [secondary, dr],
  order: ['primary', 'secondary', 'dr'],
  primaryAnswers: false,
};
const only = (...conditions: FailoverCondition[]): Partial<DecisionInput> => ({ conditions: new Set(conditions) });
const paused = { owner: 'Jane', reason: 'upgrade', until: '2026-01-01T00:00:00Z' };

describe('decide', () => {
  it.each<[string, Partial<DecisionInput>, boolean, string, RegExp]>([
    ['the whole site is gone', {}, true, 'secondary', /^Complete primary site failure$/u],
    ['the database alone is gone', only('database-down'), true, 'secondary', /^Database failure$/u],
    ['the site is cut off', only('network-partition'), true, 'secondary', /^Network partition/u],
    ['slow only', only('slow-response'), false, '', /confidence 0\.7/u],
    ['slow and API down', only('slow-response', 'api-down'), false, '', /confidence 0\.7/u],
    ['API alone is gone: no rule', only('api-down'), false, '', /matches no failover rule/u],
    ['nothing is wrong', only(), false, '', /matches no failover rule/u],
    ['a standby is lost, not the primary', { site: 'secondary' }, false, '', /secondary holds no primary/u],
    ['no epoch', { activeSite: undefined }, false, '', /no epoch/u],
    ['an operation runs', { runningOperation: 'failover-1' }, false, '', /failover-1/u],
    ['paused', { pause: paused }, false, '', /Jane has paused.*upgrade/u],
    [
      'data still flows to the secondary',
      { standbys: [{ ...secondary, dataFlowing: true }, dr] },
      false,
      '',
      /still receives data/u,
    ],
    [
      'data still flows to dr alone',
      { standbys: [secondary, { ...dr, dataFlowing: true }] },
      false,
      '',
      /dr still receives/u,
    ],
    ['the primary answers us', { primaryAnswers: true }, false, '', /answers us/u],
    ['automation partial', { automation: 'partial' }, false, '', /leaves the decision to a human/u],
    ['automation minimal', { automation: 'minimal' }, false, '', /leaves the decision to a human/u],
    [
      'secondary gone too, dr within RPO',
      { standbys: [{ ...secondary, reachable: false }, dr] },
      true,
      'dr',
      /Complete/u,
    ],
    [
      'secondary gone too, dr beyond RPO',
      {
        standbys: [
          { ...secondary, reachable: false },
          { ...dr, lossMs: 900_001 },
        ],
      },
      false,
      '',
      /901 s of data, more than the RPO/u,
    ],
    ['dr at the RPO exactly', { standbys: [{ ...dr, lossMs: 900_000 }] }, true, 'dr', /Complete/u],
    ['dr with unknown loss', { standbys: [{ ...dr, lossMs: undefined }] }, false, '', /unknown amount/u],
    ['nobody answers', { standbys: [{ ...secondary, reachable: false }] }, false, '', /secondary does not answer/u],
    ['nobody may be promoted', { standbys: [{ ...secondary, promotable: false }] }, false, '', /not to be promoted/u],
    ['the standby is not one', { standbys: [{ ...secondary, inRecovery: false }] }, false, '', /is not a standby/u],
    ['there is no standby', { standbys: [] }, false, '', /there is none/u],
    [
      'a lossless standby goes before the order',
      { order: ['primary', 'dr', 'secondary'] },
      true,
      'secondary',
      /Complete/u,
    ],
    [
      'the order decides among equals',
      { order: ['dr', 'secondary'], standbys: [secondary, { ...dr, synchronous: true }] },
      true,
      'dr',
      /Complete/u,
    ],
    [
      'a site outside the order comes last',
      { order: ['dr'], standbys: [{ ...secondary, synchronous: false, lossMs: 0 }, dr] },
      true,
      'dr',
      /Complete/u,
    ],
    ['confidence equal to the threshold is not enough', { threshold: 0.95 }, false, '', /acted on above 0\.95/u],
    [
      'paused, but below the threshold anyway',
      { ...only('slow-response'), pause: paused },
      false,
      '',
      /confidence 0\.7/u,
    ],
  ])('%s', (_title, change, shouldFailover, target, reason) => {
    const verdict = decide({ ...lost, ...change });

    expect(verdict.shouldFailover).toBe(shouldFailover);
    expect(verdict.targetSite ?? '').toBe(target);
    expect(verdict.reason).toMatch(reason);
  });

  it('takes the surest of the rules that hold', () => {
    expect(decide(lost).confidence).toBe(0.95);
    expect(decide({ ...lost, ...only('database-down') }).confidence).toBe(0.9);
  });
});
