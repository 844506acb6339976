import type { Epochs } from '@novacron/bus';
import type { LoadedEstate } from '@novacron/service';
import type { FailoverTargets } from './adapters/failover-targets.js';
import type { LossEstimates } from './adapters/loss-estimates.js';
import type { ReplicationMemory } from './adapters/replication-memory.js';
import { ManualStart } from './manual-start.js';

/** An estate whose links promise a synchronous standby of each database, and what somebody saw of it in this epoch. */
function starting(seen: Readonly<Record<string, { readonly synchronous: readonly string[] }>>): ManualStart {
  const names = ['orders', 'stock'];
  const members = ['primary', 'secondary'].map((site) => ({ site }));
  const links = [{ from: 'primary', to: 'secondary', mode: 'synchronous' }];
  return new ManualStart(
    { current: async () => ({ epoch: 3, site: 'primary', operationId: 'x', revision: 9 }) } as unknown as Epochs,
    { databases: names.map((name) => ({ settings: { name, members, links } })) } as unknown as FailoverTargets,
    {
      hash: 'h',
      estate: { sites: members.map(({ site }) => ({ name: site })), failover: { fenceRequired: 'L1', order: [] } },
    } as unknown as LoadedEstate,
    {
      of: async (name: string) =>
        seen[name] === undefined ? undefined : { timeline: 1, systemIdentifier: '7', samples: [], ...seen[name] },
    } as unknown as ReplicationMemory,
    { of: async () => undefined } as unknown as LossEstimates,
  );
}

const request = { to: 'secondary', mode: 'unplanned', reason: 'the room floods' } as const;

describe('an unplanned move that a person starts', () => {
  it('promises what was seen in this epoch', async () => {
    const seen = { orders: { synchronous: ['secondary'] }, stock: { synchronous: [] } };
    expect(await starting(seen).paramsFor(request)).toMatchObject({
      synchronousStandbys: { orders: ['secondary'], stock: [] },
    });
  });

  it('promises nothing where nobody looked, whatever the estate file says of it', async () => {
    const one = await starting({ orders: { synchronous: ['secondary'] } }).paramsFor(request);
    expect(one.synchronousStandbys).toEqual({ orders: ['secondary'], stock: [] });
    const none = await starting({}).paramsFor(request);
    expect(none.synchronousStandbys).toEqual({ orders: [], stock: [] });
    expect(none.lineage).toBeUndefined();
  });

  it('leaves a planned move to the estate: its standby proves itself', async () => {
    const planned = await starting({}).paramsFor({ ...request, mode: 'planned' });
    expect(planned.synchronousStandbys).toBeUndefined();
  });
});
