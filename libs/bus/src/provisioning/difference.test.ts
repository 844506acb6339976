import { destructive, differences } from './difference.js';

describe('what differs between a stream and its declaration', () => {
  it('is nothing where every wanted field agrees, in whatever order subjects stand', () => {
    const found = { subjects: ['b', 'a'], max_age: 5, storage: 'file', sealed: false };

    expect(differences(found, { subjects: ['a', 'b'], max_age: 5, deny_delete: false })).toEqual([]);
  });

  it('names field, found and wanted', () => {
    expect(differences({ max_age: 5 }, { max_age: 6 })).toEqual([{ field: 'max_age', found: 5, wanted: 6 }]);
  });
});

describe('what is refused', () => {
  it.each([
    ['stream', 'retention', 'limits', 'workqueue'],
    ['stream', 'storage', 'file', 'memory'],
    ['stream', 'subjects', ['a', 'b'], ['a']],
    ['stream', 'num_replicas', 3, 1],
    ['stream', 'max_age', 0, 10],
    ['stream', 'max_age', 20, 10],
    ['stream', 'max_bytes', -1, 10],
    ['consumer', 'filter_subject', 'dr.a.>', 'dr.b.>'],
    ['consumer', 'ack_policy', 'none', 'explicit'],
  ] as const)('%s %s from %j to %j', (kind, field, found, wanted) => {
    expect(destructive(kind, [{ field, found, wanted }])).toHaveLength(1);
  });

  it.each([
    ['stream', 'subjects', ['a'], ['a', 'b']],
    ['stream', 'num_replicas', 1, 3],
    ['stream', 'max_age', 10, 20],
    ['stream', 'max_age', 10, 0],
    ['stream', 'description', 'x', 'y'],
    ['consumer', 'ack_wait', 1, 2],
    ['consumer', 'max_ack_pending', 1, 2],
  ] as const)('not %s %s from %j to %j', (kind, field, found, wanted) => {
    expect(destructive(kind, [{ field, found, wanted }])).toEqual([]);
  });
});
