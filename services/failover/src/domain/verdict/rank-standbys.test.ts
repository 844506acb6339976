import { rankStandbys } from './rank-standbys.js';
import type { StandbyView } from './standby-view.js';

const standby = (site: string, more: Partial<StandbyView> = {}): StandbyView => ({
  ...{ site, reachable: true, promotable: true, inRecovery: true, dataFlowing: false, synchronous: false },
  ...more,
});
const ranked = (standbys: StandbyView[], order: string[] = [], minimum = 0): string =>
  rankStandbys('primary', standbys, order, minimum)
    .fit.map(({ site }) => site)
    .join();

describe('rankStandbys', () => {
  it.each<[string, Partial<StandbyView>, Partial<StandbyView>, string]>([
    ['nothing tells them apart', {}, {}, 'a,b'],
    ['one loses nothing', { position: '0/900' }, { synchronous: true, position: '0/100' }, 'b,a'],
    [
      'both lose nothing, one is further',
      { synchronous: true, position: '0/100' },
      { synchronous: true, position: '0/200' },
      'b,a',
    ],
    ['the same position, written otherwise', { position: '0/0A0' }, { position: '0/A0' }, 'a,b'],
    ['ten digits are further than nine', { position: 'F/FFFFFFFF' }, { position: '10/0' }, 'b,a'],
    ['one is further', { position: '0/100' }, { position: '0/200' }, 'b,a'],
    [
      'further beats readier',
      { position: '0/200', role: 'cold-standby' },
      { position: '0/100', role: 'hot-standby' },
      'a,b',
    ],
    ['one site is readier', { role: 'cold-standby', priority: 9 }, { role: 'hot-standby' }, 'b,a'],
    ['priority', { priority: 10 }, { priority: 20 }, 'b,a'],
    ['one position is unknown', {}, { position: '0/100' }, 'b,a'],
    ['one does not answer', { reachable: false, synchronous: true }, {}, 'b'],
    ['one is not to be promoted', { promotable: false }, {}, 'b'],
    ['one is no standby', { inRecovery: false }, {}, 'b'],
    ['one has a problem', { problem: 'replay is paused' }, {}, 'b'],
    ['one only keeps backups', { role: 'archive' }, {}, 'b'],
  ])('%s', (_title, a, b, expected) => {
    expect(ranked([standby('a', a), standby('b', b)])).toBe(expected);
  });

  it('follows the order of the estate among equals, and puts strangers last', () => {
    expect(ranked([standby('a'), standby('b'), standby('c')], ['c', 'b'])).toBe('c,b,a');
  });

  it('never takes the lost site itself', () => {
    expect(ranked([standby('primary'), standby('b')])).toBe('b');
  });

  it('prefers a site that is large enough, unless the other loses nothing', () => {
    const small = { capacityPercent: 50, position: '0/200' };
    expect(ranked([standby('a', small), standby('b', { capacityPercent: 100 })], [], 80)).toBe('b,a');
    expect(
      ranked([standby('a', { ...small, synchronous: true }), standby('b', { capacityPercent: 100 })], [], 80),
    ).toBe('a,b');
    expect(ranked([standby('a', small), standby('b', { capacityPercent: 100 })])).toBe('a,b');
  });

  it('says what the others lack', () => {
    const { unfit } = rankStandbys(
      'primary',
      [standby('a', { reachable: false }), standby('b', { problem: 'replay is paused' })],
      [],
    );
    expect(unfit).toEqual([
      { site: 'a', problem: 'does not answer' },
      { site: 'b', problem: 'replay is paused' },
    ]);
  });
});
