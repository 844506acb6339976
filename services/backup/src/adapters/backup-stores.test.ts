import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileStore } from '@novacron/drivers';
import { temporaryFolder } from '@novacron/drivers/testing';
import { openRepository, parseKeyring } from '@novacron/repository';
import { BackupStores } from './backup-stores.js';

const settings = [
  { name: 'near', role: 'primary' },
  { name: 'far', role: 'replica' },
] as const;

describe('the store for a backup', () => {
  let folder: ReturnType<typeof temporaryFolder>;

  beforeEach(() => {
    folder = temporaryFolder('backup-stores');
  });
  afterEach(() => folder.remove());

  const open = (secret = 'ab'.repeat(32)): BackupStores => {
    const stores = settings.map(
      ({ name }) => [name, new FileStore({ name, folder: join(folder.path, name) })] as const,
    );
    return new BackupStores(
      openRepository({ stores: new Map(stores), keyring: parseKeyring('k1', { k1: secret }) }),
      settings,
    );
  };

  it('is the first that can be written', async () => {
    expect(await open().preferred()).toBe('near');
  });

  it('is another where the first cannot be written, and none where no one can: each named, with what to do', async () => {
    writeFileSync(join(folder.path, 'near'), 'not a folder');
    expect(await open().preferred()).toBe('far');
    folder.remove();
    mkdirSync(folder.path);
    for (const { name } of settings) writeFileSync(join(folder.path, name), 'not a folder');
    await expect(open().preferred()).rejects.toMatchObject({
      code: 'UNREACHABLE',
      hint: 'name a folder, or a place where one can be made, as the path of the store in the estate file',
      details: [
        { path: 'near', problem: expect.stringContaining('is no folder') as string },
        { path: 'far', problem: expect.stringContaining('is no folder') as string },
      ],
    });
  });

  it('is none when the key at hand is not the one that sealed what is there', async () => {
    await open().preferred();
    await expect(open('cd'.repeat(32)).preferred()).rejects.toMatchObject({
      code: 'WRONG_KEY',
      hint: expect.stringContaining('former secret of k1') as string,
    });
  });
});
