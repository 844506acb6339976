import { parseOrphanedWork } from './orphan-report.js';

const heap = (xid: number, what: string, rel = '1663/16385/16390', rmgr = 'Heap       ') =>
  `rmgr: ${rmgr} len (rec/tot):     59/    59, tx:        ${xid}, lsn: 0/0301A2B8, prev 0/0301A290, desc: ${what}, blkref #0: rel ${rel} blk 0`;
const commit = (xid: number, more = '') =>
  `rmgr: Transaction len (rec/tot):     34/    34, tx:        ${xid}, lsn: 0/0301A2F8, prev 0/0301A2B8, desc: COMMIT 2026-01-01 00:00:00.5 UTC${more}`;

describe('parseOrphanedWork', () => {
  it('counts what committed transactions did, by relation', () => {
    const text = [
      heap(7, 'INSERT off 2 flags 0x00'),
      heap(7, 'INSERT+INIT off 1 flags 0x00'),
      heap(7, 'HOT_UPDATE off 2 xmax 7 flags 0x60 ; new off 3 xmax 0'),
      heap(7, 'UPDATE off 2 xmax 7 flags 0x60 ; new off 3 xmax 0', '1663/16385/16400'),
      heap(7, 'DELETE off 2 flags 0x00 KEYS_UPDATED'),
      heap(7, 'LOCK off 2: xid 7: flags 0x00 LOCK_ONLY'),
      commit(7),
      heap(8, 'INSERT off 9 flags 0x00'),
    ].join('\n');

    const { commits, relations } = parseOrphanedWork(text);

    expect(commits.map(({ xid }) => xid)).toEqual([7]);
    expect(relations).toEqual([
      { tablespace: 1663, database: 16385, filenode: 16390, inserted: 2, updated: 1, deleted: 1 },
      { tablespace: 1663, database: 16385, filenode: 16400, inserted: 0, updated: 1, deleted: 0 },
    ]);
  });

  it.each([
    ['MULTI_INSERT 5 tuples flags 0x02', 5],
    ['MULTI_INSERT+INIT 44 tuples flags 0x06', 44],
    ['MULTI_INSERT ntuples: 3, flags: 0x02, offsets: [1, 2, 3]', 3],
  ])('%s: %i rows', (what, rows) => {
    const { relations } = parseOrphanedWork([heap(7, what, undefined, 'Heap2      '), commit(7)].join('\n'));

    expect(relations[0]?.inserted).toBe(rows);
  });

  it('counts the work of subtransactions with that of their transaction', () => {
    const text = [heap(8, 'INSERT off 1 flags 0x00'), heap(9, 'INSERT off 2 flags 0x00'), commit(7, '; subxacts: 8 9')];

    expect(parseOrphanedWork(text.join('\n')).relations[0]?.inserted).toBe(2);
  });
});
