import type { ReplicationLink } from '@novacron/contracts';
import { synchronousStandbys, upstreamOf } from './upstream.js';

const links: ReplicationLink[] = [
  { from: 'primary', to: 'secondary', mode: 'synchronous' },
  { from: 'secondary', to: 'dr', mode: 'asynchronous' },
];
const all = new Set(['primary', 'secondary', 'dr']);

describe('upstreamOf', () => {
  it.each([
    ['secondary', 'primary', all, 'primary'],
    ['dr', 'primary', all, 'secondary'],
    ['dr', 'secondary', all, 'secondary'],
    ['primary', 'secondary', all, 'secondary'],
    ['primary', 'dr', all, 'dr'],
    ['secondary', 'dr', all, 'primary'],
    ['dr', 'primary', new Set(['primary', 'dr']), 'primary'],
    ['secondary', 'dr', new Set(['secondary', 'dr']), 'dr'],
  ])('%s follows, with %s active: %#', (standby, active, available, expected) => {
    expect(upstreamOf(standby, active, links, available)).toBe(expected);
  });

  it('never lets two standbys follow each other', () => {
    const ring: ReplicationLink[] = [
      { from: 'b', to: 'c', mode: 'asynchronous' },
      { from: 'c', to: 'b', mode: 'asynchronous' },
    ];
    expect(upstreamOf('b', 'a', ring, new Set(['a', 'b', 'c']))).toBe('a');
  });
});

describe('synchronousStandbys', () => {
  it('are those the links name and that stream now', () => {
    expect(synchronousStandbys('primary', links, new Set(['secondary', 'dr']))).toEqual(['secondary']);
    expect(synchronousStandbys('primary', links, new Set(['dr']))).toEqual([]);
    expect(synchronousStandbys('secondary', links, new Set(['primary', 'dr']))).toEqual([]);
  });
});
