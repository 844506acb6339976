import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { DrError } from '@novacron/contracts';
import { objectStoreContract } from '../testing/object-store-contract.js';
import { FileStore } from './file-store.js';

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'novacron-file-store-'));
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

describe('FileStore', () => {
  it.each([...objectStoreContract(() => new FileStore({ name: 'files', folder: join(newFolder(), 'made') }))])(
    '$name',
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );

  it.each(['', '/a', 'a//b', 'a/', '../a', 'a/../b', './a', '.incoming/a', 'a\0b'])(
    'refuses the key %p',
    async (key) => {
      const store = new FileStore({ name: 'files', folder: newFolder() });
      await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    },
  );

  it('keeps no half of a body, and lists none', async () => {
    const folder = newFolder();
    const store = new FileStore({ name: 'files', folder });
    await store.put('whole', Buffer.from('x'));
    await expect(store.put('whole', Buffer.from('y'))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(readdirSync(join(folder, '.incoming'))).toEqual([]);
  });

  it('takes an object that its writer puts into a file, whole or not at all, and never over another', async () => {
    const folder = newFolder();
    const store = new FileStore({ name: 'files', folder });
    await store.local.put('a/b', async (path) => writeFileSync(path, 'body'), { sizeBytes: 4 });
    expect(readFileSync(store.local.pathOf('a/b'), 'utf8')).toBe('body');
    const halfway = async (path: string): Promise<void> => {
      writeFileSync(path, 'ha');
      throw new DrError('COMMAND_FAILED', 'the writer died');
    };
    await expect(store.local.put('half', halfway)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    const longer = store.local.put('longer', async (path) => writeFileSync(path, 'body'), { sizeBytes: 5 });
    await expect(longer).rejects.toMatchObject({ code: 'STORE_FAILED' });
    const over = store.local.put('a/b', async (path) => writeFileSync(path, 'other'));
    await expect(over).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(readdirSync(join(folder, '.incoming'))).toEqual([]);
    expect(await store.head('half')).toBeUndefined();
    expect(readFileSync(store.local.pathOf('a/b'), 'utf8')).toBe('body');
  });

  it('removes what was left by writers that died, and says so', async () => {
    const folder = newFolder();
    const store = new FileStore({ name: 'files', folder });
    await store.put('whole', Buffer.from('x'));
    writeFileSync(join(folder, '.incoming/left'), 'ha');
    expect(await store.clearUnfinished(3_600_000)).toEqual([]);
    const longAgo = new Date(Date.now() - 7_200_000);
    utimesSync(join(folder, '.incoming/left'), longAgo, longAgo);
    writeFileSync(join(folder, '.incoming/alive'), 'ha');
    const ours = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 40 * 86_400_000);
    const cleared = await store.clearUnfinished(3_600_000);
    ours.mockRestore();
    expect(cleared).toEqual([{ key: '.incoming/left', begunAt: expect.any(String) as string }]);
    expect(readdirSync(join(folder, '.incoming'))).toEqual(['alive']);
    expect(await store.head('whole')).toBeDefined();
  });

  it('keeps no folder without an object, and loses none that is stored while its neighbour is deleted', async () => {
    const folder = newFolder();
    const store = new FileStore({ name: 'files', folder });
    for (let round = 0; round < 50; round += 1) {
      await store.put('a/b/old', Buffer.from('x'));
      await Promise.all([store.delete('a/b/old'), store.put(`a/b/new-${round}`, Buffer.from('y'))]);
      expect(await store.head(`a/b/new-${round}`)).toMatchObject({ sizeBytes: 1 });
      await store.delete(`a/b/new-${round}`);
    }
    expect(readdirSync(folder)).toEqual(['.incoming']);
  });

  it('copies from another folder, once', async () => {
    const [from, to] = [1, 2].map((n) => new FileStore({ name: `files-${n}`, folder: newFolder() }));
    if (!from || !to) throw new Error('two stores were made');
    await from.put('deep/key', Buffer.from('body'));
    expect(await to.copyFrom(from, 'deep/key')).toBe(true);
    expect(Buffer.concat(await (await to.get('deep/key')).toArray()).toString()).toBe('body');
    await expect(to.copyFrom(from, 'deep/key')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(to.copyFrom(from, 'absent')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
