import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Store, type S3StoreOptions } from '@novacron/drivers';
import { freePort, objectStoreContract } from '@novacron/drivers/testing';
import { type S3Site, startS3Site } from './s3-site.js';

const mebibyte = 1024 * 1024;
const login = { accessKeyId: 'primary', secretAccessKey: 'a secret of the medium test' };
const stores: S3Store[] = [];
let folder: string;
let site: S3Site;

function open(more: Partial<S3StoreOptions> = {}): S3Store {
  const { endpoint, region } = site;
  const options = { name: 'site', bucket: 'backups', endpoint, region, ...login, partBytes: 5 * mebibyte, ...more };
  const store = new S3Store(options);
  stores.push(store);
  return store;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-store-'));
  site = await startS3Site({
    site: 'primary',
    dataDir: join(folder, 'data'),
    port: await freePort(),
    ...login,
    bucket: 'backups',
    programs: { s3Python: '/usr/bin/python3' },
    logFile: join(folder, 's3.log'),
  });
});

afterAll(async () => {
  for (const store of stores) store.close();
  await site.stop();
  await rm(folder, { recursive: true });
});

describe('S3Store on a real server', () => {
  let made = 0;
  it.each([...objectStoreContract(() => open({ prefix: `case-${(made += 1)}/` }))])('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  it('copies within the server, once', async () => {
    const [from, to] = [open({ prefix: 'from/' }), open({ prefix: 'to/' })];
    await from.put('deep/key with space', Buffer.from('body'));
    expect(await to.copyFrom(from, 'deep/key with space')).toBe(true);
    expect(Buffer.concat(await (await to.get('deep/key with space')).toArray()).toString()).toBe('body');
    await expect(to.copyFrom(from, 'deep/key with space')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await open({ endpoint: 'http://127.0.0.1:1' }).copyFrom(from, 'deep/key')).toBe(false);
  });

  it('says that the secret is wrong, or the bucket missing', async () => {
    const wrong = open({ secretAccessKey: 'another' });
    await expect(wrong.put('k', Buffer.from('x'))).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: false });
    await expect(open({ bucket: 'nowhere' }).probe()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: 'create the bucket',
    });
  });
});
