import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archivedEnds } from './store-cursor.js';
import { afterLastByte, furthest, nextToReceive } from './wal-spool.js';

const segmentSize = 16 * 1024 * 1024;

describe('how far WAL goes', () => {
  it('in a segment: what is archived without a hole', () => {
    const chunk = (number: bigint, start: number, end: number) => ({ timeline: 1, number, start, end, key: '' });
    const chunks = [chunk(3n, 100, 200), chunk(3n, 0, 100), chunk(3n, 300, 400), chunk(4n, 50, 60)];
    const ends = archivedEnds({ systemId: '7', segmentSizeBytes: segmentSize, chunks, histories: new Map() });
    expect([...ends]).toEqual([['000000010000000000000003', 200]]);
  });

  it('on each timeline: the end of its last segment', () => {
    const segments = [
      { timeline: 1, number: 3n, end: 200 },
      { timeline: 1, number: 2n, end: segmentSize },
      { timeline: 2, number: 3n, end: 0 },
    ];
    expect(furthest(segments)).toEqual([{ timeline: 1, lsn: 0x300_0000n + 200n }]);
  });

  it.each([
    { what: 'nowhere in particular in an empty folder', files: ['00000002.history'], next: undefined },
    {
      what: 'in the segment that was being received',
      files: ['000000010000000000000003', '000000010000000000000004.partial'],
      next: { timeline: 1, number: 4n },
    },
    {
      what: 'after the last that is whole',
      files: ['000000010000000000000004', '000000010000000000000003'],
      next: { timeline: 1, number: 5n },
    },
    {
      what: 'on the later of two timelines',
      files: ['000000010000000000000004.partial', '000000020000000000000004.partial'],
      next: { timeline: 2, number: 4n },
    },
  ])('in a folder, receiving goes on $what', async ({ files, next }) => {
    const folder = await mkdtemp(join(tmpdir(), 'received-'));
    try {
      for (const file of files) await writeFile(join(folder, file), '');
      expect(await nextToReceive(folder)).toEqual(next);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    [[], 0],
    [[0, 0], 0],
    [[0, 7, 0, 0], 2],
    [[1, 2], 2],
  ])('in a file %j: %i bytes', (bytes, expected) => {
    expect(afterLastByte(Uint8Array.from(bytes))).toBe(expected);
  });
});
