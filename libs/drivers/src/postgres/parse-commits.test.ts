import { parseCommits } from './parse-commits.js';

describe('parseCommits', () => {
  it('reads what pg_waldump writes', () => {
    const text = [
      'rmgr: Transaction len (rec/tot):     34/    34, tx:        725, lsn: 0/01516768, prev 0/01516728, desc: COMMIT 2026-11-23 05:08:09.122113 UTC',
      'rmgr: Transaction len (rec/tot):     34/    34, tx:        726, lsn: 0/01516868, prev 0/01516828, desc: ABORT 2026-11-23 05:08:10.122113 UTC',
      'rmgr: Transaction len (rec/tot):    130/   130, tx:        727, lsn: A/000000F0, prev A/00000010, desc: COMMIT 2026-11-23 05:08:11 UTC; inval msgs: catcache 55',
      '',
    ].join('\n');
    expect(parseCommits(text)).toEqual([
      { xid: 725, lsn: '0/1516768', at: '2026-11-23T05:08:09.122Z' },
      { xid: 727, lsn: 'A/F0', at: '2026-11-23T05:08:11.000Z' },
    ]);
  });
});
