import { type EpochMemory, firstEpoch } from './first-epoch.js';

const on = (site: string, takesWrites: boolean, epoch = 0, database = 'shop'): EpochMemory => {
  return { database, site, answers: true, takesWrites, epoch };
};
const silent: EpochMemory = { database: 'shop', site: 'dr', answers: false };

describe('firstEpoch', () => {
  it.each<[string, readonly EpochMemory[], object]>([
    ['a new estate', [on('a', true), on('b', false)], { site: 'a', above: 0 }],
    ['a new estate of which one server is not up yet', [on('a', true), silent], { site: 'a', above: 0 }],
    ['no writer', [on('a', false)], { because: expect.stringMatching(/takes writes.*: none$/u) }],
    ['two writers', [on('a', true), on('b', true)], { because: expect.stringMatching(/: a, b$/u) }],
    ['two databases, one of which takes none', [on('a', true), on('a', false, 0, 'x')], { because: expect.anything() }],
    ['a lost record, the newest writes', [on('a', false, 1), on('b', true, 2)], { site: 'b', above: 2 }],
    [
      'a lost record, an old primary writes',
      [on('a', true, 1), on('b', false, 2)],
      { because: 'the bus has lost the record of epoch 2, and a, which takes writes, has only had 1' },
    ],
    [
      'a lost record, somebody is silent who may know a newer one',
      [on('a', true, 1), silent],
      { because: 'the bus has lost the record of epoch 1, and dr does not answer' },
    ],
  ])('%s', (_title, memories, verdict) => {
    expect(firstEpoch(memories)).toEqual(verdict);
  });
});
