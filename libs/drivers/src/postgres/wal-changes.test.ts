import { isChange } from './wal-changes.js';

const record = (rmgr: string, desc: string): string =>
  `rmgr: ${rmgr.padEnd(11)} len (rec/tot):     54/    54, tx:        738, lsn: 0/01526C20, prev 0/01526BE8, desc: ${desc}`;
const heartbeat = '1663/16384/16399';

describe('a record of WAL', () => {
  it.each([
    ['Heap', 'INSERT off 1 flags 0x08, blkref #0: rel 1663/16384/16385 blk 0'],
    ['Heap', 'INSERT+INIT off 1 flags 0x08, blkref #0: rel 1663/16384/16385 blk 0'],
    ['Heap', 'DELETE off 3 flags 0x00 KEYS_UPDATED , blkref #0: rel 1663/16384/16385 blk 0'],
    ['Heap', 'UPDATE off 1, blkref #0: rel 1663/16384/16385 blk 0, blkref #1: rel 1663/16384/16385 blk 1'],
    ['Heap2', 'MULTI_INSERT+INIT 61 tuples flags 0x02, blkref #0: rel 1663/16384/16385 blk 0'],
    ['Storage', 'CREATE base/16384/16401'],
    ['Storage', 'TRUNCATE base/16384/16385 to 1 blocks flags 7'],
    ['Database', 'CREATE_WAL_LOG create dir 1663/16390'],
    ['Sequence', 'LOG rel 1663/16384/16388, blkref #0: rel 1663/16384/16388 blk 0'],
    ['LogicalMessage', 'MESSAGE transactional, prefix "outbox"'],
    ['custom129', 'SOMETHING new'],
  ])('%s %s is a change', (rmgr, desc) => {
    expect(isChange(record(rmgr, desc), new Set([heartbeat]))).toBe(true);
  });

  it.each([
    ['XLOG', 'CHECKPOINT_ONLINE redo 0/2000028; tli 1'],
    ['XLOG', 'FPI_FOR_HINT , blkref #0: rel 1663/16384/16385 blk 0 FPW'],
    ['Standby', 'RUNNING_XACTS nextXid 740 latestCompletedXid 739 oldestRunningXid 740'],
    ['Transaction', 'COMMIT 2026-11-23 04:00:00.000000 UTC'],
    ['Btree', 'INSERT_LEAF off 1, blkref #0: rel 1663/16384/16386 blk 1'],
    ['Heap', `HOT_UPDATE off 1 xmax 738 flags 0x20 ; new off 2 xmax 0, blkref #0: rel ${heartbeat} blk 0`],
    ['Heap', 'HOT_UPDATE off 1 xmax 738, blkref #0: rel 1663/16384/2619 blk 0'],
    ['Heap', 'INPLACE off 12, blkref #0: rel 1663/16384/1259 blk 0'],
    ['Heap', 'LOCK off 1: xid 738: flags 0x00 LOCK_ONLY EXCL_LOCK , blkref #0: rel 1663/16384/16385 blk 0'],
    ['Heap2', 'PRUNE latestRemovedXid 738 nredirected 1 ndead 0, blkref #0: rel 1663/16384/16385 blk 0'],
    ['Heap2', 'VISIBLE cutoff xid 0 flags 0x03, blkref #0: rel 1663/16384/16385 fork vm blk 0'],
    ['Storage', 'TRUNCATE base/16384/16399 to 1 blocks flags 7'],
  ])('%s %s is none', (rmgr, desc) => {
    expect(isChange(record(rmgr, desc), new Set([heartbeat]))).toBe(false);
  });

  it('counts when it touches a table of ours and one of the user', () => {
    const both = `UPDATE off 1, blkref #0: rel ${heartbeat} blk 0, blkref #1: rel 1663/16384/16385 blk 0`;
    expect(isChange(record('Heap', both), new Set([heartbeat]))).toBe(true);
  });
});
