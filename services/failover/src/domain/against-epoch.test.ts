import { againstEpoch, type MemberSeen, type RouteSeen } from './against-epoch.js';

const current = { site: 'b', epoch: 3 };
const member = (site: string, takesWrites: boolean, epoch?: number): MemberSeen => ({
  database: 'orders',
  site,
  takesWrites,
  epoch,
});
const route = (site: string, state: RouteSeen['state']): RouteSeen => ({
  balancer: 'router',
  backend: 'postgres',
  site,
  state,
});

describe('what does not agree with the epoch', () => {
  it.each([
    ['the active site', [member('b', true, 3)]],
    ['an active site that has not heard of its epoch yet', [member('b', true, 2)]],
    ['a standby', [member('a', false, 2), member('c', false, 3)]],
  ])('is not %s', (_title, members) => {
    expect(againstEpoch(current, members, [])).toEqual({ strays: [], unexplained: [], misrouted: [] });
  });

  it.each([
    ['an old primary that returned', member('a', true, 2)],
    ['a server that never knew an epoch', member('a', true)],
  ])('is %s', (_title, stray) => {
    expect(againstEpoch(current, [member('b', true, 3), stray], []).strays).toEqual([stray]);
  });

  it.each([3, 4])('leaves a second primary of epoch %d to a human', (epoch) => {
    const other = member('a', true, epoch);
    expect(againstEpoch(current, [member('b', true, 3), other], [])).toMatchObject({
      strays: [],
      unexplained: [other],
    });
  });

  it.each([
    [[route('a', 'maint'), route('b', 'ready')], 0],
    [[route('a', 'maint'), route('b', 'maint')], 0],
    [[route('a', 'ready'), route('b', 'ready')], 1],
    [[route('a', 'ready'), route('b', 'maint'), route('c', 'ready')], 1],
  ] as const)('finds backends that send elsewhere: %j', (routes, misrouted) => {
    expect(againstEpoch(current, [], routes).misrouted).toHaveLength(misrouted);
  });
});
