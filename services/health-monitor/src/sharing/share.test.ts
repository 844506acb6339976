import { type HeardReplica, ownerOf, sharers } from './share.js';

const places = Array.from({ length: 3_000 }, (_, i) => `site-${i % 3}/check-${i}`);

describe('the owner of a check', () => {
  it.each([1, 2, 3, 5])('is one of %i, and each has about as many', (count) => {
    const names = Array.from({ length: count }, (_, i) => `replica-${i}`);
    const owned = names.map((name) => places.filter((place) => ownerOf(place, names) === name).length);

    expect(owned.reduce((sum, each) => sum + each, 0)).toBe(places.length);
    for (const each of owned)
      expect(Math.abs(each - places.length / count)).toBeLessThan((places.length / count) * 0.15);
  });

  it('does not hang on the order in which they are known', () => {
    for (const place of places.slice(0, 100))
      expect(ownerOf(place, ['a', 'b', 'c'])).toBe(ownerOf(place, ['c', 'a', 'b']));
  });

  it('changes for the checks of the one that left, and for no other', () => {
    const [three, two] = [
      ['a', 'b', 'c'],
      ['a', 'c'],
    ];
    for (const place of places) {
      const before = ownerOf(place, three);
      if (before !== 'b') expect(ownerOf(place, two)).toBe(before);
    }
    const heirs = new Set(places.filter((place) => ownerOf(place, three) === 'b').map((place) => ownerOf(place, two)));
    expect(heirs).toEqual(new Set(two));
  });

  it('is nobody where nobody is', () => {
    expect(ownerOf('a/b', [])).toBeUndefined();
  });
});

describe('who shares the checks', () => {
  const now = 10_000;
  const replica = (state: HeardReplica['state'], agoMs = 0): HeardReplica => ({ state, heardMs: now - agoMs });
  it.each([
    ['those that look', { a: replica('looking'), b: replica('looking') }, ['a', 'b']],
    ['not one that is silent', { a: replica('looking'), b: replica('looking', 701) }, ['a']],
    ['one that was heard just in time', { a: replica('looking'), b: replica('looking', 700) }, ['a', 'b']],
    ['not one that has only just come', { a: replica('looking'), b: replica('joining') }, ['a']],
    ['not one that leaves', { a: replica('looking'), b: replica('leaving') }, ['a']],
    ['not a blind one while another sees', { a: replica('blind'), b: replica('looking') }, ['b']],
    ['blind ones when nobody sees', { a: replica('blind'), b: replica('blind') }, ['a', 'b']],
    ['a blind one when the one that sees is silent', { a: replica('blind'), b: replica('looking', 5_000) }, ['a']],
    ['nobody', {}, []],
  ])('%s', (_title, replicas, expected) => {
    expect(sharers(new Map(Object.entries(replicas)), now, 700)).toEqual(expected);
  });
});
