import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import { DrError } from '@novacron/contracts';
import { WalArchive } from '@novacron/repository';
import { MemoryStore, testKeyring } from '@novacron/repository/testing';
import { StoreCursor } from './store-cursor.js';
import { removeStored } from './spool-room.js';
import { WalSpool } from './wal-spool.js';

const segmentSize = 16 * 1024 * 1024;
const name = '000000010000000000000003';

describe('WAL on its way to a store', () => {
  let folder: string;
  let spool: WalSpool;
  let store: MemoryStore;
  let archive: WalArchive;
  const signal = new AbortController().signal;
  const filled: string[] = [];

  const cursorOf = (own: WalArchive): StoreCursor =>
    new StoreCursor({
      ...{ archive: own, spool, logger: silentLogger },
      markAt: ({ lsn }) => ({ at: new Date('2026-11-23T04:00:00Z'), lsn }),
      prepare: async () => undefined,
      fillFromOthers: async () => void filled.push(own.store.name),
    });

  /** A segment as pg_receivewal makes it: zeros behind what was received. */
  const receive = (run: string, file: string, bytes: number): void => {
    const segment = Buffer.alloc(segmentSize);
    segment.fill(7, 0, bytes);
    writeFileSync(join(run, file), segment);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wal-spool-'));
    spool = new WalSpool(folder);
    store = new MemoryStore('primary');
    archive = new WalArchive({ store, keyring: testKeyring, systemId: '7' });
    filled.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is stored up to what the receiver confirmed, and from there on later', async () => {
    const run = await spool.newRun(1, undefined);
    const cursor = cursorOf(archive);
    receive(run, `${name}.partial`, 1000);
    await cursor.advance(await spool.view(0x300_0000n + 600n), signal);
    await cursor.advance(await spool.view(0x300_0000n + 1000n), signal);
    expect(store.keys().map((key) => key.split('/').at(-1))).toEqual([
      '00000000-00000258-20261123T040000.000Z',
      '00000258-000003E8-20261123T040000.000Z',
    ]);
  });

  it('is found though it became complete since it was looked at', async () => {
    const run = await spool.newRun(1, undefined);
    receive(run, `${name}.partial`, 1000);
    const view = await spool.view(undefined);
    renameSync(join(run, `${name}.partial`), join(run, name));
    const cursor = cursorOf(archive);
    await cursor.advance(view, signal);
    expect(cursor.problem).toBeUndefined();
    expect(store.keys()).toHaveLength(1);
  });

  it('counts up to its last byte that is not zero when nobody can say more', async () => {
    const run = await spool.newRun(1, undefined);
    receive(run, `${name}.partial`, 777);
    expect((await spool.view(undefined)).segments).toMatchObject([{ name, end: 777, complete: false }]);
  });

  it('goes on where a former process had stored to, and sends nothing twice', async () => {
    const run = await spool.newRun(1, undefined);
    receive(run, `${name}.partial`, 1000);
    const view = await spool.view(undefined);
    await cursorOf(archive).advance(view, signal);
    const next = cursorOf(archive);
    await next.advance(view, signal);
    expect(store.keys()).toHaveLength(1);
    expect(next.positions()).toEqual([{ timeline: 1, lsn: 0x300_0000n + 1000n }]);
  });

  it('waits in the spool for a store that fails, and asks the others for what it missed', async () => {
    const run = await spool.newRun(1, undefined);
    receive(run, name, segmentSize);
    receive(run, '000000010000000000000004.partial', 10);
    const cursor = cursorOf(archive);
    store.failNext('put', new DrError('STORE_FAILED', 'no room'));
    await cursor.advance(await spool.view(undefined), signal);
    expect(cursor.problem).toBe('no room');
    const view = await spool.view(undefined);
    await removeStored(spool, view, [cursor]);
    expect((await spool.view(undefined)).segments).toHaveLength(2);

    await eventually(async () => {
      await cursor.advance(view, signal);
      return cursor.problem === undefined;
    });
    expect(filled.length).toBeGreaterThan(0);
    await removeStored(spool, view, [cursor]);
    expect((await spool.view(undefined)).segments.map((segment) => segment.number)).toEqual([4n]);
  });

  it('begins a new run with the segment it is to go on from', async () => {
    await spool.newRun(1, undefined);
    const run = await spool.newRun(2, { timeline: 1, number: 3n });
    expect((await spool.view(undefined)).segments).toMatchObject([
      { name, end: 0, path: join(run, `${name}.partial`) },
    ]);
    await spool.removeEmptyRuns();
    expect(await spool.runs()).toEqual(['00000002-0001']);
  });
});
