import {
  type ChooseStandbyPolicy,
  chooseStandby,
  type ExclusionReason,
  type StandbyCandidate,
} from './choose-standby.js';

const standby = (name: string, position: string, more: Partial<StandbyCandidate> = {}): StandbyCandidate => ({
  name,
  reachable: true,
  inRecovery: true,
  systemIdentifier: '7',
  timeline: 1,
  position,
  replayPosition: position,
  replayPaused: false,
  walReceiverStreaming: false,
  ...more,
});
const policy: ChooseStandbyPolicy = {
  systemIdentifier: '7',
  lineage: { timeline: 3, history: [{ timeline: 1, switchLsn: '0/30' }], position: '0/50' },
};

describe('chooseStandby excludes', () => {
  it.each<[ExclusionReason, Partial<StandbyCandidate>, ChooseStandbyPolicy]>([
    ['unreachable', { reachable: false }, {}],
    ['not-promotable', { promotable: false }, {}],
    ['not-in-recovery', { inRecovery: false }, {}],
    ['other-system', { systemIdentifier: '8' }, {}],
    ['position-unknown', { position: null }, {}],
    ['still-streaming', { walReceiverStreaming: true }, {}],
    ['replay-paused-with-wal-pending', { replayPaused: true, replayPosition: '0/8' }, {}],
    ['lag-over-limit', {}, { lastKnownPosition: '0/1A', maxLagBytes: 9n }],
  ])('%s', (reason, more, extra) => {
    const choice = chooseStandby([standby('b', '0/10', more)], { ...policy, ...extra });
    expect(choice).toEqual({ order: [], excluded: [{ name: 'b', reason }], keepsAcknowledgedCommits: false });
  });

  it('one that was promoted aside, whatever its number, with where it parted', () => {
    const aside = standby('b', '0/60', { timeline: 2, history: [{ timeline: 1, switchLsn: '0/20' }] });
    const goneOn = standby('c', '0/40');
    const { chosen, excluded } = chooseStandby([aside, goneOn, standby('d', '0/10')], policy);
    expect(chosen).toBe('d');
    expect(excluded).toEqual([
      { name: 'b', reason: 'timeline-not-in-lineage', words: expect.stringContaining('parted from it at 0/20') },
      { name: 'c', reason: 'timeline-not-in-lineage', words: expect.stringContaining('parted from it at 0/30') },
    ]);
  });

  it.each<[string, Partial<StandbyCandidate>, ChooseStandbyPolicy]>([
    ['paused, but all replayed', { replayPaused: true }, {}],
    ['exactly at the lag limit', {}, { lastKnownPosition: '0/19', maxLagBytes: 9n }],
    ['an ancestor timeline', { timeline: 3 }, {}],
  ])('not one that is %s', (_what, more, extra) => {
    expect(chooseStandby([standby('b', '0/10', more)], { ...policy, ...extra }).chosen).toBe('b');
  });
});

describe('chooseStandby orders', () => {
  it('by position before priority before name', () => {
    const candidates = [
      standby('e', '0/10'),
      standby('d', '0/10'),
      standby('c', '0/10', { priority: 5 }),
      standby('b', '0/20'),
      standby('a', '0/9', { priority: 99 }),
    ];
    for (const rotated of candidates.map((_, i) => [...candidates.slice(i), ...candidates.slice(0, i)])) {
      expect(chooseStandby(rotated, policy)).toMatchObject({ chosen: 'b', order: ['b', 'c', 'd', 'e', 'a'] });
    }
  });

  it('by what it has in common with the primary where one has gone on by itself', () => {
    const history = [...(policy.lineage?.history ?? []), { timeline: 3, switchLsn: '0/50' }];
    const goneOn = standby('b', '0/90', { timeline: 4, history });
    const followed = standby('c', '0/58', { timeline: 3, history: policy.lineage?.history ?? [] });
    expect(chooseStandby([goneOn, followed], policy).order).toEqual(['c', 'b']);
  });

  it('chooses nobody among none', () => {
    expect(chooseStandby([])).toEqual({ order: [], excluded: [], keepsAcknowledgedCommits: false });
  });
});

describe('chooseStandby says whether acknowledged commits are kept', () => {
  const keeps = (candidates: StandbyCandidate[], synchronousStandbys: string[], count: number) =>
    chooseStandby(candidates, { ...policy, durability: { synchronousStandbys, count } }).keepsAcknowledgedCommits;

  it.each<[string, boolean, StandbyCandidate[], string[], number]>([
    ['the one synchronous standby is chosen', true, [standby('b', '0/10'), standby('c', '0/9')], ['b'], 1],
    [
      'an asynchronous one is as far as it',
      true,
      [standby('b', '0/10'), standby('c', '0/10', { priority: 9 })],
      ['b'],
      1,
    ],
    [
      'the synchronous one did not answer',
      false,
      [standby('b', '0/10', { reachable: false }), standby('c', '0/10')],
      ['b'],
      1,
    ],
    ['one of two names answered, commits waited for one', false, [standby('b', '0/10')], ['b', 'c'], 1],
    ['one of two names answered, commits waited for both', true, [standby('b', '0/10')], ['b', 'c'], 2],
    [
      'two of three names answered, commits waited for two',
      true,
      [standby('b', '0/9'), standby('c', '0/10')],
      ['b', 'c', 'd'],
      2,
    ],
    [
      'a synchronous one that may not be promoted is ahead',
      false,
      [standby('b', '0/10', { promotable: false }), standby('c', '0/9')],
      ['b'],
      1,
    ],
    ['replication was asynchronous', false, [standby('b', '0/10')], [], 0],
  ])('%s: %s', (_what, expected, candidates, names, count) => {
    expect(keeps(candidates, names, count)).toBe(expected);
  });
});
