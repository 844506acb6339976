import { DrError } from '@novacron/contracts';
import { openRepository, type Repository } from '../repository.js';
import { makeBackup, testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';

const backupId = 'backup-20261123-040000';
const base = `backups/${backupId}/orders/base.tar`;
const stores = { from: 'near', to: 'far' };
let near: MemoryStore;
let far: MemoryStore;
let repository: Repository;

beforeEach(async () => {
  near = new MemoryStore('near');
  far = new MemoryStore('far');
  repository = openRepository({
    stores: new Map([
      ['near', near],
      ['far', far],
    ]),
    keyring: testKeyring,
  });
  await makeBackup(repository, 'near', { backupId });
});

describe('replicate', () => {
  it.each([false, true])('makes a whole backup of its own (copied by the server: %s)', async (inside) => {
    far.copiesInside = inside;
    const report = await repository.replicate(backupId, stores);
    expect(report).toMatchObject({ objects: 2, copiedObjects: 2, from: 'near', to: 'far' });
    near = new MemoryStore('near');
    expect(await repository.verify('far', backupId)).toMatchObject({ good: true });
    expect((await repository.catalog('far').list()).chain).toEqual([]);
  });

  it.each([false, true])('tells how far it is within an object too (copied by the server: %s)', async (inside) => {
    far.copiesInside = inside;
    const told: number[] = [];
    let ofAll = 0;
    const onProgress = ({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }): void => {
      told.push(doneBytes);
      ofAll = totalBytes;
    };
    await repository.replicate(backupId, stores, { onProgress });
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(ofAll);
    // Half of the larger object, and no more of it, once it is copied and not read back.
    const half = near.bytes(base).length / 2;
    expect(told.some((bytes) => bytes >= half && bytes < 2 * half - 10_000)).toBe(true);
  });

  it('sends nothing twice', async () => {
    await repository.replicate(backupId, stores);
    expect(await repository.replicate(backupId, stores)).toMatchObject({
      copiedObjects: 0,
      copiedBytes: 0,
      objects: 2,
    });
  });

  it('goes on where it broke off, and there is no backup before that', async () => {
    far.failNext('put', new DrError('STORE_FAILED', 'full'));
    await expect(repository.replicate(backupId, stores)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect((await repository.catalog('far').list()).entries).toEqual([]);
    await repository.replicate(backupId, stores);
    expect((await repository.catalog('far').list()).entries).toHaveLength(1);
  });

  it('passes no damaged object on', async () => {
    near.flipBit(base, 8_000);
    await expect(repository.replicate(backupId, stores)).rejects.toThrow(`near:${base}`);
    expect(far.keys()).not.toContain(base);
    expect((await repository.catalog('far').list()).entries).toEqual([]);
  });

  it('notices an object that was damaged at the destination', async () => {
    await repository.replicate(backupId, stores);
    far.flipBit(base, 8_000);
    await expect(repository.replicate(backupId, stores)).rejects.toThrow(`far:${base}`);
  });
});

describe('replicateWal', () => {
  const name = '000000010000000000000002';

  it('copies what is missing only', async () => {
    const archive = repository.wal('near', '73001');
    await archive.append(name, 0, Buffer.alloc(100, 1));
    expect(await repository.replicateWal('73001', stores)).toMatchObject({ copiedObjects: 1, presentObjects: 0 });
    await archive.append(name, 100, Buffer.alloc(50, 2));
    await archive.appendHistory(2, '1\t0/2000100\tpromoted\n');
    expect(await repository.replicateWal('73001', stores)).toMatchObject({ copiedObjects: 2, presentObjects: 1 });
    expect((await repository.wal('far', '73001').readSegment(name)).subarray(0, 151)).toEqual(
      Buffer.concat([Buffer.alloc(100, 1), Buffer.alloc(50, 2), Buffer.alloc(1)]),
    );
    expect(await repository.wal('far', '73001').readHistory(2)).toContain('promoted');
  });

  it('passes no damaged chunk on', async () => {
    const { key } = await repository.wal('near', '73001').append(name, 0, Buffer.alloc(100, 1));
    near.flipBit(key, 900);
    await expect(repository.replicateWal('73001', stores)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    expect(far.keys()).toEqual([]);
  });
});
