import { missedCopies } from './missed-copies.js';

const [one, two] = ['backup-20261123-040000', 'backup-20261124-040000'];
const keys = (...names: readonly string[]): string[] => names.map((name) => `backups/${name}`);
const whole = (id: string): string[] =>
  keys(`${id}/manifest.json`, `${id}/verified-20261124T000000.000Z.json`, `${id}/orders/base.tar`);

describe('missedCopies', () => {
  it.each([
    ['nothing where both have it', whole(one), whole(one), []],
    ['what the other has not', [...whole(one), ...whole(two)], whole(one), [[two, 'near', 'far']]],
    [
      'in both directions, oldest first',
      whole(two),
      whole(one),
      [
        [one, 'far', 'near'],
        [two, 'near', 'far'],
      ],
    ],
    ['nothing that was never verified', keys(`${one}/manifest.json`), [], []],
    ['nothing that was never committed', keys(`${one}/orders/manifest.json`, `${one}/verified-x.json`), [], []],
    ['nothing that retention removed there', whole(one), keys(`${one}/expired-20261125T000000.000Z.json`), []],
    ['nothing that is being removed here', [...whole(one), ...keys(`${one}/expired-x.json`)], [], []],
  ])('finds %s', (_, near, far, expected) => {
    const found = missedCopies([
      { store: 'near', keys: near },
      { store: 'far', keys: far },
    ]);
    expect(found.map(({ backupId, from, to }) => [backupId, from, to])).toEqual(expected);
  });

  it('copies from one store alone', () => {
    const stores = ['a', 'b', 'c'].map((store) => ({ store, keys: store === 'c' ? [] : whole(one) }));
    expect(missedCopies(stores)).toEqual([{ backupId: one, from: 'a', to: 'c' }]);
  });
});
