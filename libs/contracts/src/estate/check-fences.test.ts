import { checkFences, leaseTimes } from './check-fences.js';
import type { Estate } from './estate.js';
import type { SiteFence } from './health.js';

const problemsOf = (...fences: SiteFence[]): string[] => problemsWith('L1', ...fences);
const problemsWith = (fenceRequired: string, ...fences: SiteFence[]): string[] =>
  checkFences({ failover: { fences, fenceRequired } } as Estate).map(({ path, problem }) => `${path} ${problem}`);

describe('the fences of an estate', () => {
  it.each([
    ['no lease', {}, []],
    ['a lease', { lease: { ttl: '10s' } }, []],
    ['a lease with a margin', { lease: { ttl: '10s', margin: '5s' } }, []],
    ['one that nobody could renew', { lease: { ttl: '2s' } }, ['failover.fences[0].lease.ttl must be from 3s to 5m']],
    ['one that is an outage', { lease: { ttl: '6m' } }, ['failover.fences[0].lease.ttl must be from 3s to 5m']],
    [
      'a margin in which nothing can be closed',
      { lease: { ttl: '10s', margin: '100ms' } },
      ['failover.fences[0].lease.margin must be from 500ms to half of the ttl'],
    ],
    [
      'a margin that leaves no time to write',
      { lease: { ttl: '10s', margin: '6s' } },
      ['failover.fences[0].lease.margin must be from 500ms to half of the ttl'],
    ],
  ])('with %s', (_name, parts, problems) => {
    expect(problemsOf({ site: 'a', ...parts })).toEqual(problems);
  });

  it('are one for each site', () => {
    expect(problemsOf({ site: 'a' }, { site: 'a' })).toEqual(['failover.fences[1].site a has a fence already']);
  });

  it('have a lease where a failover is content with one', () => {
    const problem = 'L0 rests on a write lease, and no site has one: give failover.fences[].lease, or require L1';
    expect(problemsWith('L0', { site: 'a' })).toEqual([`failover.fenceRequired ${problem}`]);
    expect(problemsWith('L0', { site: 'a' }, { site: 'b', lease: { ttl: '10s' } })).toEqual([]);
  });

  it('give a lease a fifth of its time as margin', () => {
    expect(leaseTimes({ ttl: '10s' })).toEqual({ ttlMs: 10_000, marginMs: 2_000 });
    expect(leaseTimes({ ttl: '10s', margin: '1s' })).toEqual({ ttlMs: 10_000, marginMs: 1_000 });
  });
});
