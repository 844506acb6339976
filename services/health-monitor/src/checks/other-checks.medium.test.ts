import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FileStore } from '@novacron/drivers';
import { temporaryFolder } from '@novacron/drivers/testing';
import { look } from '../testing/look.js';
import { CommandProbe } from './command.js';
import { type CanaryStore, S3CanaryProbe } from './s3-canary.js';

describe('the command check', () => {
  it('is well when the program ends with 0, and fails otherwise', async () => {
    expect(await look(new CommandProbe(['true'], '/', 2_000))).toEqual({});
    await expect(look(new CommandProbe(['false'], '/', 2_000))).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    await expect(look(new CommandProbe(['sleep', '60'], '/', 150), 150)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(look(new CommandProbe(['no-such-program'], '/', 2_000))).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
    });
  });
});

describe('the canary in an object store', () => {
  const folder = temporaryFolder('canary');
  const prefix = 'health/alpha/primary/storage/';
  const objects = join(folder.path, prefix);
  const store = new FileStore({ name: 'store', folder: folder.path });
  const canary = (of: CanaryStore = store): S3CanaryProbe => new S3CanaryProbe(async () => of, prefix);

  afterAll(() => folder.remove());

  it('is put, read back and deleted, and leaves nothing behind', async () => {
    for (let i = 0; i < 3; i += 1) expect(await look(canary())).toEqual({});
    expect(existsSync(objects) ? readdirSync(objects) : []).toEqual([]);
  });

  it('takes away what a look that was broken off left behind, and nothing of another that goes on', async () => {
    mkdirSync(objects, { recursive: true });
    writeFileSync(join(objects, `${Date.now() - 61_000}-0123456789abcdef`), 'old');
    writeFileSync(join(objects, `${Date.now() - 1_000}-0123456789abcdef`), 'new');
    await look(canary());
    expect(readdirSync(objects)).toHaveLength(1);
  });

  it('fails when something else is read back', async () => {
    const other: CanaryStore = {
      put: (...args) => store.put(...args),
      get: async () => Readable.from([Buffer.alloc(1_024)]),
      list: (from) => store.list(from),
      delete: (key) => store.delete(key),
    };
    await expect(look(canary(other))).rejects.toThrow('what was put is not what is read back');
  });

  it('does not wait for a store that never answers', async () => {
    const hanging: CanaryStore = {
      list: (from) => store.list(from),
      get: (key) => store.get(key),
      delete: (key) => store.delete(key),
      put: () => new Promise(() => undefined),
    };
    await expect(look(canary(hanging), 100)).rejects.toThrow('the store did not take an object in time');
  });

  const isRoot = process.getuid?.() === 0;
  (isRoot ? it.skip : it)('fails where nothing can be written (skipped as root, whom no mode stops)', async () => {
    chmodSync(folder.path, 0o500);
    chmodSync(objects, 0o500);
    try {
      await expect(look(canary())).rejects.toBeDefined();
    } finally {
      chmodSync(folder.path, 0o700);
      chmodSync(objects, 0o700);
    }
  });
});
