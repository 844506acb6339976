import type { FailoverCondition, Service, Tier } from '@novacron/contracts';
import { affectedTiers } from './affected-tiers.js';

const tier = (number: number, ...services: string[]): Tier => ({
  tier: number,
  name: `tier-${number}`,
  services,
  rpo: '15m',
  rto: '1h',
  backup: 'continuous',
  replication: 'synchronous',
  automation: number === 1 ? 'full' : 'minimal',
  validation: 'manual',
});
const service = (name: string, ...dependsOn: string[]): Service => ({ name, dependsOn });
const promises = {
  tiers: [tier(3, 'reporting'), tier(1, 'payment', 'login'), tier(2, 'gateway', 'queue')],
  services: [
    service('payment'),
    service('login'),
    service('gateway', 'payment'),
    service('queue'),
    service('reporting', 'gateway'),
  ],
  databases: [{ name: 'novacron', services: ['payment'] }],
};
const reached = (databases: (typeof promises)['databases'] | { name: string }[], ...conditions: FailoverCondition[]) =>
  affectedTiers({ ...promises, databases }, new Set(conditions)).map(
    ({ tier: n, services }) => `${n}: ${services.join()}`,
  );

describe('affectedTiers', () => {
  it.each<[string, FailoverCondition[], string[]]>([
    [
      'the whole site',
      ['database-down', 'api-down', 'workers-down'],
      ['1: payment,login', '2: gateway,queue', '3: reporting'],
    ],
    ['cut off', ['network-partition'], ['1: payment,login', '2: gateway,queue', '3: reporting']],
    ['the database alone', ['database-down'], ['1: payment', '2: gateway', '3: reporting']],
  ])('%s', (_title, conditions, expected) => {
    expect(reached(promises.databases, ...conditions)).toEqual(expected);
  });

  it('takes everybody where the file does not say who needs the database', () => {
    expect(reached([{ name: 'novacron' }], 'database-down')).toHaveLength(3);
  });

  it('leaves a tier out that none of its services is in', () => {
    expect(reached([{ name: 'novacron', services: ['reporting'] }], 'database-down')).toEqual(['3: reporting']);
  });

  it('carries what was promised', () => {
    expect(affectedTiers(promises, new Set())[0]).toMatchObject({ rpoMs: 900_000, automation: 'full' });
  });
});
