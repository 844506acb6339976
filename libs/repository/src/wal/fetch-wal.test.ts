import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { compactWal } from './compact-wal.js';
import { fetchWal } from './fetch-wal.js';
import { segmentName } from './segment.js';
import { WalArchive } from './wal-archive.js';

const size = 1024 * 1024;
const from = BigInt(2 * size);
const names = [2, 3, 4].map((number) => segmentName({ timeline: 1, number: BigInt(number) }, size));

/** A store in which something happens between the listing and the first read. */
class RestlessStore extends MemoryStore {
  lists = 0;
  beforeFirstRead: (() => Promise<void>) | undefined;

  override async *list(prefix: string): ReturnType<MemoryStore['list']> {
    this.lists += 1;
    yield* super.list(prefix);
  }

  override async get(...[key, options]: Parameters<MemoryStore['get']>): Promise<Readable> {
    const work = this.beforeFirstRead;
    this.beforeFirstRead = undefined;
    await work?.();
    return super.get(key, options);
  }
}

let store: RestlessStore;
let archive: WalArchive;
let folder: string;

beforeEach(async () => {
  store = new RestlessStore('near');
  archive = new WalArchive({ store, keyring: testKeyring, systemId: '73001', segmentSizeBytes: size });
  folder = await mkdtemp(join(tmpdir(), 'fetch-wal-'));
  for (const name of names) {
    await archive.append(name, 0, Buffer.alloc(1_000, 1));
    await archive.append(name, 1_000, Buffer.alloc(size - 1_000, 2));
  }
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const files = async (): Promise<Buffer[]> => Promise.all(names.map((name) => readFile(join(folder, name))));

describe('fetchWal, while housekeeping is at work', () => {
  it('finds what was merged and removed since it listed the archive', async () => {
    const before = await Promise.all(names.map((name) => archive.readSegment(name)));
    store.beforeFirstRead = async () => {
      await compactWal(archive, { now: new Date() });
      await compactWal(archive, { now: new Date(Date.now() + 3_600_000) });
      store.lists = 0;
    };

    const { segments, reach } = await fetchWal(archive, { from, timeline: 1, toDir: folder });

    expect(store.keys('wal/')).toHaveLength(names.length);
    expect({ segments, until: reach.until }).toEqual({ segments: names, until: BigInt(5 * size) });
    expect((await files()).map((bytes, place) => bytes.equals(before[place] as Buffer))).toEqual([true, true, true]);
    // The new listing serves the segments that follow too.
    expect(store.lists).toBe(1);
  });

  it('refuses what was removed and is nowhere else, and leaves no segment out without a word', async () => {
    store.beforeFirstRead = async () => {
      for (const key of store.keys('wal/').filter((each) => each.includes(names[1] ?? ''))) await store.delete(key);
    };

    await expect(fetchWal(archive, { from, timeline: 1, toDir: folder })).rejects.toMatchObject({
      code: 'OUTSIDE_RECOVERY_WINDOW',
      details: [{ problem: 'lacks 0/300000 to 0/400000' }],
    });
    expect(await readdir(folder)).toEqual([names[0]]);
  });
});
