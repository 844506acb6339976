import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { segmentStates } from './coverage.js';
import { fetchWal } from './fetch-wal.js';
import { formatLsn, parseLsn } from './lsn.js';
import { parseSegmentName, segmentName } from './segment.js';
import { WalArchive } from './wal-archive.js';

const size = 1024 * 1024;
const name = '000000010000000000000002';
const next = '000000010000000000000003';

let store: MemoryStore;
let archive: WalArchive;

beforeEach(() => {
  store = new MemoryStore('near');
  archive = new WalArchive({ store, keyring: testKeyring, systemId: '73001', segmentSizeBytes: size });
});

describe('names', () => {
  it.each([
    ['000000010000000000000001', 16, 1, 1n],
    ['0000000A00000002000000FF', 16, 10, 2n * 256n + 255n],
    ['000000010000000100000003', 64, 1, 64n + 3n],
  ])('%s with segments of %i MiB is timeline %i, number %i', (text, mebibytes, timeline, number) => {
    const bytes = mebibytes * 1024 * 1024;
    expect(parseSegmentName(text, bytes)).toEqual({ timeline, number });
    expect(segmentName({ timeline, number }, bytes)).toBe(text);
  });

  it('reads and writes LSNs', () => {
    expect(parseLsn('16/B374D848')).toBe(0x16_b374_d848n);
    expect(formatLsn(0x16_b374_d848n)).toBe('16/B374D848');
    expect(() => parseLsn('16-B374D848')).toThrow('is not an LSN');
  });
});

describe('append', () => {
  it('gives a growing segment back as the server wrote it, zeros behind', async () => {
    const bytes = randomBytes(3_000);
    await archive.append(name, 0, bytes.subarray(0, 1_000), { lastCommitAt: new Date('2026-11-23T04:00:00.500Z') });
    await archive.append(name, 1_000, bytes.subarray(1_000));
    expect(store.keys()).toEqual([
      `wal/73001/00000001/${name}/00000000-000003E8-20261123T040000.500Z`,
      `wal/73001/00000001/${name}/000003E8-00000BB8`,
    ]);
    const whole = await archive.readSegment(name);
    expect(whole).toHaveLength(size);
    expect(whole.subarray(0, 3_000)).toEqual(bytes);
    expect(whole.subarray(3_000).every((byte) => byte === 0)).toBe(true);
  });

  it('accepts the same bytes again and refuses others: two servers on one timeline', async () => {
    await archive.append(name, 0, Buffer.alloc(100, 1));
    await archive.append(name, 0, Buffer.alloc(100, 1));
    expect(store.keys()).toHaveLength(1);
    await expect(archive.append(name, 0, Buffer.alloc(100, 2))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('finds that overlapping chunks disagree', async () => {
    await archive.append(name, 0, Buffer.alloc(100, 1));
    await archive.append(name, 50, Buffer.alloc(100, 1));
    expect((await archive.readSegment(name)).subarray(0, 150)).toEqual(Buffer.alloc(150, 1));
    await archive.append(name, 120, Buffer.alloc(100, 2));
    await expect(archive.readSegment(name)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });

  it('does not store the zeros that fill a segment closed early, and gives them back', async () => {
    const { sizeBytes } = await archive.append(
      name,
      0,
      Buffer.concat([Buffer.alloc(100, 1), Buffer.alloc(size - 100)]),
    );
    expect(sizeBytes).toBeLessThan(300);
    expect((await archive.contiguousUntil(1, BigInt(2 * size))).until).toBe(BigInt(3 * size));
    await archive.append(name, 50, Buffer.concat([Buffer.alloc(50, 1), Buffer.alloc(10)]));
    await archive.append(next, 0, Buffer.alloc(size));
    expect((await archive.readSegment(name)).subarray(98, 103)).toEqual(Buffer.from([1, 1, 0, 0, 0]));
    expect(await archive.readSegment(next)).toEqual(Buffer.alloc(size));
  });

  it('finds that a chunk disagrees with the zeros of another', async () => {
    await archive.append(name, 0, Buffer.concat([Buffer.alloc(100, 1), Buffer.alloc(100)]));
    await archive.append(name, 150, Buffer.alloc(100, 2));
    await expect(archive.readSegment(name)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });

  it('refuses bytes outside the segment, and names that are none', async () => {
    await expect(archive.append(name, size - 1, Buffer.alloc(2))).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    await expect(archive.append(name, 0, Buffer.alloc(0))).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    await expect(archive.append('00000002.history', 0, Buffer.alloc(1))).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
    });
  });

  it('names the chunk that is damaged, and the hole', async () => {
    await archive.append(name, 0, Buffer.alloc(100, 1));
    await archive.append(name, 200, Buffer.alloc(100, 1));
    await expect(archive.readSegment(name)).rejects.toThrow(`${name} lacks what follows byte 100`);
    const [key] = store.keys() as [string];
    store.flipBit(key, 1_200);
    await expect(archive.readSegment(name)).rejects.toThrow(key);
    await expect(archive.readSegment(next)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('segmentStates', () => {
  it('tells found, partial and missing segments', async () => {
    await archive.append(name, 0, Buffer.alloc(size, 1));
    await archive.append('000000010000000000000004', 0, Buffer.alloc(10, 1));
    const index = await archive.index();
    const from = BigInt(2 * size + 40);
    expect(segmentStates(index, 1, { from, until: BigInt(5 * size) })).toEqual([
      { name, state: 'found' },
      { name: next, state: 'missing' },
      { name: '000000010000000000000004', state: 'partial' },
    ]);
    expect(segmentStates(index, 1, { from, until: BigInt(2 * size + 100) })).toEqual([{ name, state: 'found' }]);
  });
});

describe('fetchWal', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wal-'));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const switchedAt = 3 * size + 500;
  const history = `1\t${formatLsn(BigInt(switchedAt))}\tno recovery target specified\n`;

  it('writes the segments and history files of the way to a timeline, and nothing behind a gap', async () => {
    const past = randomBytes(size);
    await archive.append(name, 0, past);
    await archive.append(next, 0, Buffer.alloc(700, 7));
    await archive.append('000000020000000000000003', 0, Buffer.alloc(500, 7));
    await archive.append('000000020000000000000003', 500, Buffer.alloc(size - 500, 8));
    await archive.append('000000020000000000000005', 0, Buffer.alloc(size, 9));
    await archive.appendHistory(2, history);
    const fetched = await fetchWal(archive, { from: BigInt(2 * size + 40), timeline: 2, toDir: folder });
    expect(fetched.reach).toMatchObject({ until: BigInt(4 * size), gap: { until: BigInt(5 * size) } });
    expect((await readdir(folder)).sort()).toEqual([name, next, '000000020000000000000003', '00000002.history'].sort());
    expect(await readFile(join(folder, name))).toEqual(past);
    const branch = await readFile(join(folder, '000000020000000000000003'));
    expect([branch[499], branch[500], branch.length]).toEqual([7, 8, size]);
    expect(await readFile(join(folder, '00000002.history'), 'utf8')).toBe(history);
  });

  it("takes what a timeline's first segment lacks from its parent, up to the branch", async () => {
    await archive.append(next, 0, Buffer.alloc(700, 7));
    await archive.append('000000020000000000000003', 500, Buffer.alloc(100, 8));
    await archive.appendHistory(2, history);
    const fetched = await fetchWal(archive, { from: BigInt(3 * size + 40), timeline: 2, toDir: folder });
    expect(fetched.reach.until).toBe(BigInt(3 * size + 600));
    const branch = await readFile(join(folder, '000000020000000000000003'));
    expect([branch[499], branch[500], branch[599], branch[600]]).toEqual([7, 8, 8, 0]);
  });

  it('refuses before writing anything when the archive does not reach far enough', async () => {
    await archive.append(name, 0, Buffer.alloc(100, 1));
    await archive.append(name, 200, Buffer.alloc(100, 1));
    const options = { from: BigInt(2 * size), until: BigInt(2 * size + 250), timeline: 1, toDir: join(folder, 'none') };
    await expect(fetchWal(archive, options)).rejects.toMatchObject({
      code: 'OUTSIDE_RECOVERY_WINDOW',
      details: [{ path: 'wal/73001', problem: 'lacks 0/200064 to 0/2000C8' }],
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
