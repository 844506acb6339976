import { DrError } from '@novacron/contracts';
import { manifestKey, objectKey } from '../catalog/layout.js';
import { openRepository, type Repository } from '../repository.js';
import { parseKeyring } from '../sealing/keyring.js';
import { makeBackup, testKeyring } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';
import { parseLsn } from '../wal/lsn.js';
import { defaultSegmentSizeBytes, segmentName } from '../wal/segment.js';

const systemId = '7300000000000000001';
const [first, second] = ['backup-20261123-040000', 'backup-20261124-040000'] as const;
let near: MemoryStore;
let far: MemoryStore;
let repository: Repository;

/** Two backups, verified and copied, with two segments of WAL on a timeline and one on the next. */
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
  for (const store of ['near', 'far']) await repository.recordKeys(store);
  const archive = repository.wal('near', systemId);
  await archive.appendHistory(2, '1\t0/4000800\tno recovery target specified\n');
  const wal = async (timeline: number, lsn: string, sizeBytes: number): Promise<void> => {
    const at = parseLsn(lsn);
    const segment = { timeline, number: at / BigInt(defaultSegmentSizeBytes) };
    const start = Number(at % BigInt(defaultSegmentSizeBytes));
    await archive.append(
      segmentName(segment, defaultSegmentSizeBytes),
      start,
      Buffer.alloc(sizeBytes).fill(timeline, 0, 0x80),
    );
  };
  await wal(1, '0/2000000', 0x200);
  await wal(1, '0/2000200', defaultSegmentSizeBytes - 0x200);
  await wal(1, '0/3000000', defaultSegmentSizeBytes);
  await wal(1, '0/4000000', 0x800);
  await wal(2, '0/4000800', 0x100);
  await wal(2, '0/4000900', 0x100);
  for (const [backupId, startLsn, stopLsn] of [
    [first, '0/2000028', '0/2000138'],
    [second, '0/3000028', '0/3000138'],
  ] as const) {
    const day = backupId.slice(7, 15).replace(/(\d{4})(\d\d)(\d\d)/u, '$1-$2-$3');
    await makeBackup(repository, 'near', { backupId, startLsn, stopLsn, completedAt: `${day}T04:00:10.000Z` });
    await repository
      .catalog('near')
      .mark(backupId, { mark: 'verified', store: 'near' }, new Date(`${day}T04:01:00.000Z`));
    await repository.replicate(backupId, { from: 'near', to: 'far' });
    await repository
      .catalog('far')
      .mark(backupId, { mark: 'verified', store: 'far' }, new Date(`${day}T04:02:00.000Z`));
    await repository
      .catalog('near')
      .mark(backupId, { mark: 'replicated', store: 'far' }, new Date(`${day}T04:02:00.000Z`));
  }
  await repository.replicateWal(systemId, { from: 'near', to: 'far' });
});

const verify = (store: string, beside: string): ReturnType<Repository['verifyStore']> =>
  repository.verifyStore(store, { beside: [beside] });

/** Whether a report names an object: by its key, or as the place from which it was taken. */
async function names(store: MemoryStore, key: string): Promise<boolean> {
  const { good, problems } = await verify(store.name, store === near ? 'far' : 'near');
  const folder = key.startsWith('wal/')
    ? key.split('/').slice(0, 3).join('/')
    : `${key.split('/').slice(0, 2).join('/')}/`;
  return !good && problems.some(({ path }) => path === key || path === folder || key.startsWith(`${path}/`));
}

describe('verifyStore', () => {
  it('finds nothing wrong with stores that are whole', async () => {
    expect(await verify('near', 'far')).toMatchObject({
      good: true,
      problems: [],
      backups: 2,
      objects: 4,
      walObjects: 7,
    });
    expect(await verify('far', 'near')).toMatchObject({ good: true, problems: [] });
  });

  it('names every object that was flipped in one bit, cut off, emptied or removed, whichever it is', async () => {
    for (const store of [near, far]) {
      for (const key of store.keys()) {
        const whole = Buffer.from(store.bytes(key));
        const damages: [string, () => unknown][] = [
          ['first bit', () => store.flipBit(key, 0)],
          ['a bit in the middle', () => store.flipBit(key, whole.length * 4)],
          ['last bit', () => store.flipBit(key, whole.length * 8 - 1)],
          ['cut off', () => store.truncate(key, whole.length - 1)],
          ['emptied', () => store.truncate(key, 0)],
          ['removed', () => store.delete(key)],
        ];
        for (const [what, damage] of damages) {
          await damage();
          expect([store.name, key, what, await names(store, key)]).toEqual([store.name, key, what, true]);
          store.plant(key, whole);
        }
      }
      expect(await verify(store.name, store === near ? 'far' : 'near')).toMatchObject({ good: true });
    }
  });

  it('names a manifest that was forged, or put in place of another', async () => {
    const stranger = openRepository({
      stores: new Map([['near', near]]),
      keyring: parseKeyring('k1', { k1: '00'.repeat(32) }),
    });
    const whole = Buffer.from(near.bytes(manifestKey(second)));
    await near.delete(manifestKey(second));
    for (const name of ['base.tar', 'backup_manifest']) await near.delete(objectKey(second, 'orders', name));
    await makeBackup(stranger, 'near', { backupId: second });
    expect(await names(near, manifestKey(second))).toBe(true);
    near.plant(manifestKey(second), near.bytes(manifestKey(first)));
    expect(await names(near, manifestKey(second))).toBe(true);
    near.plant(manifestKey(second), whole);
  });

  it('names an older manifest of the same backup, though its signature fits', async () => {
    const other = new MemoryStore('near');
    const elsewhere = openRepository({ stores: new Map([['near', other]]), keyring: testKeyring });
    await makeBackup(elsewhere, 'near', { backupId: first });
    for (const key of other.keys()) near.plant(key, other.bytes(key));
    expect(await names(near, manifestKey(first))).toBe(true);
  });

  it('names what does not belong', async () => {
    near.plant(`backups/${first}/orders/base.tar.2`, Buffer.from('x'));
    near.plant(`wal/${systemId}/notes`, near.bytes(near.keys('wal/')[0] ?? ''));
    const { problems } = await verify('near', 'far');
    expect(problems.map(({ path }) => path).sort()).toEqual([
      `backups/${first}/orders/base.tar.2`,
      `wal/${systemId}/notes`,
    ]);
  });

  it('reads everything within as many runs as there are shares, and nothing twice', async () => {
    const reports = await Promise.all(
      [0, 1, 2].map(async (index) => repository.verifyStore('near', { share: { index, of: 3 } })),
    );
    const sum = (of: (report: (typeof reports)[number]) => number): number =>
      reports.reduce((total, one) => total + of(one), 0);
    expect(sum(({ objects }) => objects)).toBe(4);
    expect(sum(({ walObjects }) => walObjects)).toBe(7);
    const damaged = objectKey(first, 'orders', 'base.tar');
    near.flipBit(damaged, 80_000);
    const found = await Promise.all(
      [0, 1, 2].map(async (index) => (await repository.verifyStore('near', { share: { index, of: 3 } })).problems),
    );
    expect(found.flat().map(({ path }) => path)).toEqual([damaged]);
  });

  it('does not call a store damaged because it is away', async () => {
    near.failNext('get', new DrError('UNREACHABLE', 'away'), objectKey(first, 'orders', 'base.tar'));
    await expect(verify('near', 'far')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
