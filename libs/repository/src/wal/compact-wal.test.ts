import { replicateWal } from '../replicate/replicate-wal.js';
import { testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { compactWal } from './compact-wal.js';
import { contiguousUntil } from './coverage.js';
import { defaultSegmentSizeBytes, segmentName } from './segment.js';
import { WalArchive } from './wal-archive.js';

const systemId = '7300000000000000001';
const second = 1_000;
const begin = Date.parse('2026-11-23T04:00:00.000Z');
const later = (minutes: number): Date => new Date(Date.now() + minutes * 60 * second);

let store: MemoryStore;
let archive: WalArchive;

beforeEach(() => {
  store = new MemoryStore('near');
  archive = new WalArchive({ store, keyring: testKeyring, systemId });
});

const nameOf = (number: number, timeline = 1): string =>
  segmentName({ timeline, number: BigInt(number) }, defaultSegmentSizeBytes);

/** Chunks of a segment as the archiver writes them, one a second; whole segments are closed by the rest of it. */
async function write(number: number, chunks: number, whole: boolean, timeline = 1): Promise<void> {
  for (let place = 0; place < chunks; place += 1) {
    const lastCommitAt = new Date(begin + (number * 100 + place) * second);
    await archive.append(nameOf(number, timeline), place * 100, Buffer.alloc(100, place + 1), { lastCommitAt });
  }
  if (!whole) return;
  const lastCommitAt = new Date(begin + (number * 100 + 99) * second);
  await archive.append(nameOf(number, timeline), chunks * 100, Buffer.alloc(defaultSegmentSizeBytes - chunks * 100), {
    lastCommitAt,
  });
}

const chunks = (number: number, timeline = 1): number =>
  store.keys('wal/').filter((key) => key.includes(nameOf(number, timeline))).length;

describe('compactWal', () => {
  it('makes one object of a whole segment, and loses neither a byte nor a moment', async () => {
    await write(2, 40, true);
    await write(3, 5, false);
    const bytes = await archive.readSegment(nameOf(2));
    const before = await archive.contiguousUntil(1, 0x2000000n);
    expect(await compactWal(archive, { now: new Date() })).toMatchObject({ mergedInto: 1, removedObjects: 0 });
    expect(chunks(2)).toBe(42);
    // What was replaced stays for those who have listed it.
    expect(await compactWal(archive, { now: new Date() })).toMatchObject({ mergedInto: 0, removedObjects: 0 });
    expect(await compactWal(archive, { now: later(20) })).toMatchObject({ mergedInto: 0, removedObjects: 41 });
    expect([chunks(2), chunks(3)]).toEqual([1, 5]);
    expect((await archive.readSegment(nameOf(2))).equals(bytes)).toBe(true);
    expect(await archive.contiguousUntil(1, 0x2000000n)).toEqual(before);
  });

  it('merges a segment that grows, but for its newest chunk', async () => {
    await write(2, 70, false);
    const bytes = await archive.readSegment(nameOf(2));
    await compactWal(archive, { now: new Date() });
    await compactWal(archive, { now: later(20) });
    expect(chunks(2)).toBe(2);
    expect((await archive.readSegment(nameOf(2))).equals(bytes)).toBe(true);
    expect((await archive.contiguousUntil(1, 0x2000000n)).lastCommitAtMs).toBe(begin + 269 * second);
  });

  it('leaves a segment in which a timeline was left as it is: its last commit counts on both', async () => {
    await write(2, 40, true);
    await archive.appendHistory(2, '1\t0/2000500\tno recovery target specified\n');
    const before = contiguousUntil(await archive.index(), 2, 0x2000000n);
    await compactWal(archive, { now: new Date() });
    await compactWal(archive, { now: later(20) });
    expect(chunks(2)).toBe(41);
    expect(contiguousUntil(await archive.index(), 2, 0x2000000n)).toEqual(before);
  });

  it('keeps what is damaged, names it, and goes on with the rest', async () => {
    await write(2, 40, true);
    await write(3, 40, true);
    const key = store.keys('wal/').find((one) => one.includes(nameOf(2))) ?? '';
    store.flipBit(key, 1_000);
    const { mergedInto, problems } = await compactWal(archive, { now: new Date() });
    expect(mergedInto).toBe(1);
    expect(problems.map(({ path }) => path)).toEqual([key]);
    const merged = store.keys('wal/').find((one) => one.includes(`${nameOf(3)}/00000000-01000000`)) ?? '';
    store.flipBit(merged, 1_000);
    expect(await compactWal(archive, { now: later(20) })).toMatchObject({ removedObjects: 0 });
    expect(chunks(3)).toBe(42);
  });

  it('is the same archive to another store, whichever of them is merged', async () => {
    await write(2, 40, true);
    const far = new MemoryStore('far');
    await replicateWal(store, far, systemId, testKeyring);
    await compactWal(archive, { now: new Date() });
    await compactWal(archive, { now: later(20) });
    expect(await replicateWal(store, far, systemId, testKeyring)).toMatchObject({ copiedObjects: 0 });
    expect(await replicateWal(far, store, systemId, testKeyring)).toMatchObject({ copiedObjects: 0 });
    await write(3, 3, false);
    expect(await replicateWal(store, far, systemId, testKeyring)).toMatchObject({ copiedObjects: 3 });
  });
});
