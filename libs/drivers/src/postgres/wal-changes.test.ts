import { begunWith, isChange } from './wal-changes.js';

const record = (rmgr: string, desc: string, xid = 738): string =>
  `rmgr: ${rmgr.padEnd(11)} len (rec/tot):     54/    54, tx: ${String(xid).padStart(10)}, lsn: 0/01526C20, prev 0/01526BE8, desc: ${desc}`;
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
    ['Transaction', 'ABORT 2026-11-23 04:00:00.000000 UTC'],
    ['Transaction', 'ASSIGNMENT xtop 738: subxacts: 739 740'],
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

describe('the end of a transaction', () => {
  const ours = new Set([heartbeat]);
  const beat = `HOT_UPDATE off 1 xmax 738 flags 0x20 ; new off 2 xmax 0, blkref #0: rel ${heartbeat} blk 0`;

  /** What is a change of some lines, read one after the other. */
  function changes(...lines: string[]): string[] {
    let begunFrom: number | undefined;
    return lines.filter((line) => {
      begunFrom = begunWith(line, ours, begunFrom);
      return isChange(line, ours, begunFrom);
    });
  }

  it.each([
    'COMMIT 2026-11-23 04:00:00.000000 UTC',
    'COMMIT 2026-11-23 04:00:00.000000 UTC; subxacts: 739 740',
    'PREPARE gid move: 2026-11-23 04:00:00.000000 UTC',
    'COMMIT_PREPARED 738: 2026-11-23 04:00:00.000000 UTC',
    'ABORT_PREPARED 738: 2026-11-23 04:00:00.000000 UTC',
  ])('is a change where it may have written before the range: %s', (desc) => {
    const end = record('Transaction', desc, desc.includes('PREPARED') ? 0 : 738);

    expect(isChange(end, ours)).toBe(true);
    expect(isChange(end, ours, 739)).toBe(true);
    expect(isChange(end, ours, 738)).toBe(false);
    expect(isChange(end, ours, 700)).toBe(false);
  });

  it('is none of what the house writes, nor of what begins after that', () => {
    const commit = (xid: number): string => record('Transaction', 'COMMIT 2026-11-23 04:00:00.000000 UTC', xid);
    const statistics = record('Heap', 'HOT_UPDATE off 1 xmax 740, blkref #0: rel 1663/16384/2619 blk 0', 740);

    expect(changes(record('Heap', beat, 739), commit(739), statistics, commit(740), commit(741))).toEqual([]);
    expect(changes(record('Heap', beat, 739), commit(739), commit(738))).toEqual([commit(738)]);
    expect(changes(record('Heap', beat, 739), record('Heap', beat, 738), commit(738), commit(739))).toEqual([]);
    expect(changes(commit(740), record('Heap', beat, 741), commit(741))).toEqual([commit(740)]);
    expect(changes(statistics, commit(740))).toEqual([commit(740)]);
  });

  it('is told by numbers that go round', () => {
    const commit = (xid: number): string => record('Transaction', 'COMMIT 2026-11-23 04:00:00.000000 UTC', xid);
    const newest = 4_294_967_290;

    expect(changes(record('Heap', beat, newest), commit(3))).toEqual([]);
    expect(changes(record('Heap', beat, 3), commit(newest))).toEqual([commit(newest)]);
  });

  it('is not told by what touches our tables and is nobody’s transaction', () => {
    const pruned = record('Heap2', `PRUNE latestRemovedXid 738 nredirected 1, blkref #0: rel ${heartbeat} blk 0`, 0);
    const frozen = record('Heap', `INPLACE off 12, blkref #0: rel ${heartbeat} blk 0`, 0);

    expect([pruned, frozen].map((line) => begunWith(line, ours))).toEqual([undefined, undefined]);
  });
});
