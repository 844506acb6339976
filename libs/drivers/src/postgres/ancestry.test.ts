import { type DataLine, descent } from './ancestry.js';

/** A server on the last of some timelines, each left where the next begins: `line('0/50', [1, '0/10'], [3, '0/30'], 4)`. */
const line = (position: string | null, ...path: readonly (number | readonly [number, string])[]): DataLine => ({
  timeline: path.at(-1) as number,
  history: (path.slice(0, -1) as [number, string][]).map(([timeline, switchLsn]) => ({ timeline, switchLsn })),
  position,
});
const blind = (timeline: number, position: string | null = '0/20'): DataLine => ({ timeline, position });

/** Promoted twice: 1 was left at 0/10, 3 at 0/30; 2 was somebody else's. Last seen at 0/50. */
const primary = line('0/50', [1, '0/10'], [3, '0/30'], 4);

describe('a standby descends from the primary', () => {
  it.each<[string, DataLine, string | undefined]>([
    ['on its timeline, behind', line('0/40', [1, '0/10'], [3, '0/30'], 4), '0/40'],
    ['on its timeline, beyond what was last seen', line('0/60', [1, '0/10'], [3, '0/30'], 4), '0/60'],
    ['on an earlier one, before it was left', line('0/9', 1), '0/9'],
    ['on an earlier one, exactly where it was left', line('0/30', [1, '0/10'], 3), '0/30'],
    ['on a later one that has all that was seen of it', line('0/70', [1, '0/10'], [3, '0/30'], [4, '0/50'], 5), '0/50'],
    ['on an earlier one, and nobody knows how far', line(null, 1), undefined],
    ['on its timeline, with a history that cannot be read', blind(4, '0/40'), '0/40'],
    ['on an earlier one, with a history that cannot be read', blind(3, '0/30'), '0/30'],
  ])('%s', (_what, standby, position) => {
    expect(descent(primary, standby)).toEqual(position === undefined ? {} : { position });
  });

  it.each<[string, DataLine, string]>([
    ['a lower number, promoted aside', line('0/20', [1, '0/10'], 2), 'parted from it at 0/10 of timeline 1'],
    ['a lower number, gone on after it was left', line('0/11', 1), 'parted from it at 0/10 of timeline 1'],
    ['a lower number, gone on twice', line('0/31', [1, '0/10'], 3), 'parted from it at 0/30 of timeline 3'],
    ['its number, by another way', line('0/40', [1, '0/10'], [2, '0/20'], 4), 'parted from it at 0/10 of timeline 1'],
    ['its number, left elsewhere', line('0/40', [1, '0/8'], [3, '0/30'], 4), 'parted from it at 0/8 of timeline 1'],
    ['its number, left later', line('0/40', [1, '0/12'], [3, '0/30'], 4), 'parted from it at 0/10 of timeline 1'],
    ['a higher number, from before the last look', line('0/70', [1, '0/10'], [3, '0/30'], [4, '0/4F'], 5), 'at 0/4F'],
    ['a higher number, of another line', line('0/70', [1, '0/10'], [2, '0/30'], [6, '0/50'], 7), 'at 0/10'],
    ['a lower number, with a history that cannot be read', blind(2), 'is on timeline 2, not on the line'],
    ['gone on after it was left, history unread', blind(3, '0/31'), 'parted from it at 0/30 of timeline 3'],
    ['a higher number, with a history that cannot be read', blind(5), 'is on timeline 5, not on the line'],
  ])('and does not with %s', (_what, standby, words) => {
    expect(descent(primary, standby)).toEqual({ fork: expect.stringContaining(words) });
  });

  it('by number alone where the primary’s history was never read', () => {
    expect(descent(blind(3), line('0/20', [1, '0/10'], 2))).toEqual({ position: '0/20' });
    expect(descent(blind(3), line('0/20', [1, '0/10'], 4))).toEqual({ fork: expect.stringContaining('timeline 4') });
  });

  it('on the first timeline, whose history is known without reading', () => {
    expect(descent(blind(1, '0/50'), blind(1, '0/20'))).toEqual({ position: '0/20' });
    expect(descent(blind(1, '0/50'), line('0/60', [1, '0/50'], 2))).toEqual({ position: '0/50' });
  });
});
