import type { StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { chooseStandbyStep } from './choose-standby.js';
import type { FailoverParams } from './failover-params.js';

/** By database, then by standby: how far it is. */
type Positions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A star: the primary has a synchronous standby and another one, each with a member of every database. */
function starOf(positions: Positions): FailoverTargets {
  const databases = Object.entries(positions).map(([name, sites]) => ({
    settings: {
      name,
      members: ['primary', ...Object.keys(sites)].map((site) => ({ site })),
      links: [
        { from: 'primary', to: 'secondary', mode: 'synchronous' },
        { from: 'primary', to: 'dr', mode: 'asynchronous' },
      ],
    },
    members: new Map(
      ['primary', ...Object.keys(sites)].map((site) => [site, { name: site, statusWithLine: () => said(sites[site]) }]),
    ),
  }));
  return { databases, estate: { failover: { order: ['secondary', 'dr'] } } } as unknown as FailoverTargets;
}

const said = async (position: string | undefined) => ({
  status: { inRecovery: true, systemIdentifier: '7', position, replayLsn: position, walReceiverStatus: 'stopped' },
  line: { timeline: 1 },
});

const asked = async (positions: Positions, params: Partial<FailoverParams>) => {
  const synchronous = Object.fromEntries(Object.keys(positions).map((name) => [name, ['secondary']]));
  const context = { params: { from: 'primary', allowDataLoss: false, synchronousStandbys: synchronous, ...params } };
  return chooseStandbyStep(starOf(positions)).run(context as StepContext<FailoverParams>, undefined);
};

const verdict = { confidence: 0.95, targetSite: 'secondary', tiers: [] };
const both = ['secondary', 'dr'];

describe('the standby that is promoted', () => {
  it('is the one that was decided on, although another has bytes that nobody was told are safe', async () => {
    const found = await asked({ orders: { secondary: '0/100', dr: '0/140' } }, { verdict, acceptableTargets: both });
    // Of the other one nobody knows that its bytes were not acknowledged: the synchronous one has all that were.
    expect(found).toMatchObject({ site: 'secondary', keepsAcknowledgedCommits: true, positions: { orders: '0/100' } });
  });

  it('is the one that has most where the one decided on may lack what was acknowledged', async () => {
    const positions = { orders: { secondary: '0/100', dr: '0/140' } };
    const params = { verdict, acceptableTargets: both, synchronousStandbys: { orders: [] } };
    expect(await asked(positions, params)).toMatchObject({ site: 'dr', keepsAcknowledgedCommits: false });
  });

  it('is of the one site that suits every database, though each is furthest on another', async () => {
    const positions = { orders: { secondary: '0/100', dr: '0/140' }, stock: { secondary: '0/200', dr: '0/180' } };
    const found = await asked(positions, { verdict, acceptableTargets: both });
    expect(found).toMatchObject({
      ...{ site: 'secondary', keepsAcknowledgedCommits: true },
      positions: { orders: '0/100', stock: '0/200' },
    });
  });

  it('lacks the least over all databases where nobody decided on a site', async () => {
    const positions = { orders: { secondary: '0/100', dr: '0/140' }, stock: { secondary: '0/300', dr: '0/180' } };
    const nothing = { synchronousStandbys: { orders: [], stock: [] }, allowDataLoss: true };
    expect(await asked(positions, nothing)).toMatchObject({ site: 'secondary', keepsAcknowledgedCommits: false });
    expect(
      await asked({ orders: positions.orders, stock: { secondary: '0/190', dr: '0/180' } }, nothing),
    ).toMatchObject({
      site: 'dr',
    });
  });

  it('is the one that a person names, and loses nothing acknowledged where it is the synchronous one', async () => {
    const positions = { orders: { secondary: '0/100', dr: '0/140' } };
    expect(await asked(positions, { to: 'secondary' })).toMatchObject({
      ...{ site: 'secondary', keepsAcknowledgedCommits: true },
    });
    await expect(asked(positions, { to: 'dr', synchronousStandbys: { orders: [] } })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
  });

  it('is none where no site has a standby of every database that can be promoted, and says of each why', async () => {
    const positions = { orders: { secondary: '0/100', dr: '0/100' }, stock: { secondary: '0/100', dr: '0/100' } };
    const refused = asked(positions, { acceptableTargets: [] });
    await expect(refused).rejects.toMatchObject({
      code: 'NO_PROMOTABLE_STANDBY',
      message: 'database orders: no standby can be promoted',
      details: expect.arrayContaining([{ path: 'dr', problem: 'not-promotable' }]) as unknown,
    });
  });
});
