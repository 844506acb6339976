import { DrError } from '@novacron/contracts';
import { objectsOf } from '../manifest/backup-manifest.js';
import { openRepository, type Repository } from '../repository.js';
import { makeBackup, testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { parseKeyring } from '../sealing/keyring.js';

const backupId = 'backup-20261123-040000';
let store: MemoryStore;
let repository: Repository;

beforeEach(async () => {
  store = new MemoryStore('near');
  repository = openRepository({ stores: new Map([['near', store]]), keyring: testKeyring });
  await makeBackup(repository, 'near', { backupId });
});

describe('verifyBackup', () => {
  it('reads every object back', async () => {
    const report = await repository.verify('near', backupId);
    expect(report).toMatchObject({ good: true, skipped: 0, store: 'near' });
    expect(report.objects).toHaveLength(2);
    expect(report.checkedBytes).toBeGreaterThan(302_000);
  });

  it('tells how far it is, up to the end', async () => {
    const told: number[] = [];
    const report = await repository.verify('near', backupId, { onProgress: ({ doneBytes }) => told.push(doneBytes) });
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(report.checkedBytes);
  });

  it.each([
    ['flipped', (key: string) => store.flipBit(key, 80_000 * 8), 'have another hash'],
    ['cut off', (key: string) => store.truncate(key, 1_000), 'the manifest says'],
    ['emptied', (key: string) => store.plant(key, Buffer.alloc(0)), ''],
    ['removed', async (key: string) => store.delete(key), 'is not in near'],
    ['replaced', (key: string) => store.plant(key, Buffer.alloc(300_000, 1)), ''],
  ])('names the one that was %s', async (_, damage, problem) => {
    const key = `backups/${backupId}/orders/base.tar`;
    await damage(key);
    const report = await repository.verify('near', backupId);
    expect(report.good).toBe(false);
    const bad = report.objects.filter((object) => object.problem !== undefined);
    expect(bad.map((object) => object.key)).toEqual([key]);
    expect(bad[0]?.problem).toContain(problem);
    expect(['CORRUPT_OBJECT', 'NOT_FOUND']).toContain(bad[0]?.code);
  });

  it('does not call a backup bad because the store is away', async () => {
    const [base] = objectsOf(await repository.catalog('near').read(backupId));
    store.failNext('get', new DrError('UNREACHABLE', 'away'), base?.key);
    await expect(repository.verify('near', backupId)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('says which key is missing', async () => {
    const other = openRepository({
      stores: new Map([['near', store]]),
      keyring: parseKeyring('k9', { k9: '00'.repeat(32) }),
    });
    await expect(other.verify('near', backupId)).rejects.toMatchObject({ code: 'WRONG_KEY' });
  });

  it('reads at least one object of each component for a sample', async () => {
    const report = await repository.verify('near', backupId, { sample: 0.1, random: () => 0.99 });
    expect(report).toMatchObject({ good: true, skipped: 1 });
    expect(report.objects.map((object) => object.key)).toEqual([`backups/${backupId}/orders/backup_manifest`]);
  });
});
