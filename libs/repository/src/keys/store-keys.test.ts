import { openRepository, type Repository } from '../repository.js';
import { parseKeyring } from '../sealing/keyring.js';
import { makeBackup } from '../testing/backups.js';
import { MemoryStore } from '../testing/memory-store.js';

const [old, middle, recent] = ['11', '22', '33'].map((two) => two.repeat(32)) as [string, string, string];
const backupId = 'backup-20261123-040000';
let store: MemoryStore;

function open(current: string, secrets: Record<string, string>): Repository {
  return openRepository({ stores: new Map([['near', store]]), keyring: parseKeyring(current, secrets) });
}

beforeEach(async () => {
  store = new MemoryStore('near');
  const first = open('old', { old });
  await first.recordKeys('near');
  await makeBackup(first, 'near', { backupId });
});

describe('a key that takes over', () => {
  it('opens what older ones sealed, without a byte of it being sent again', async () => {
    const objects = store.keys('backups/').map((key) => [key, store.bytes(key)]);
    await open('middle', { old, middle }).recordKeys('near');
    await open('recent', { middle, recent }).recordKeys('near');
    expect(store.keys('backups/').map((key) => [key, store.bytes(key)])).toEqual(objects);
    const now = open('recent', { recent });
    expect(await now.verify('near', backupId)).toMatchObject({ good: true });
    const second = await makeBackup(now, 'near', { backupId: 'backup-20261124-040000' });
    expect(second.components[0]?.objects[0]?.keyId).toBe('recent');
    expect((await now.catalog('near').list()).chain).toEqual([]);
  });

  it('is of no use without having taken over', async () => {
    await open('middle', { old, middle }).recordKeys('near');
    const stranger = open('recent', { recent });
    await expect(stranger.verify('near', backupId)).rejects.toMatchObject({ code: 'WRONG_KEY' });
  });

  it('shows nothing of a key', async () => {
    await open('recent', { old, recent }).recordKeys('near');
    const stored = Buffer.concat(store.keys('keys/').map((key) => store.bytes(key)));
    for (const key of [old, recent]) {
      expect(stored.includes(Buffer.from(key, 'hex'))).toBe(false);
      expect(stored.includes(key)).toBe(false);
    }
    expect(store.keys('keys/')).toEqual(['keys/old/check', 'keys/old/under/recent', 'keys/recent/check']);
  });
});

describe('a key that does not fit', () => {
  const wrong = { old: 'ff'.repeat(32) };

  it('is refused by name before anything is written with it', async () => {
    const other = open('old', wrong);
    for (const work of [other.recordKeys('near'), other.learnKeys('near')]) {
      await expect(work).rejects.toMatchObject({
        code: 'WRONG_KEY',
        details: [{ path: 'old', problem: expect.stringContaining('keys/old/check') as string }],
      });
    }
  });

  it('does not pass for one of a damaged record', async () => {
    store.flipBit('keys/old/check', 900);
    await expect(open('old', { old }).learnKeys('near')).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });
});
