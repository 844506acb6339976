import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { S3Store } from '@novacron/drivers';
import { freePort } from '@novacron/drivers/testing';
import { checkObject, parseKeyring, readObject, storeFile } from '@novacron/repository';
import { type Fault, FaultyProxy } from '../testing/faulty-proxy.js';
import { type S3Site, startS3Site } from './s3-site.js';

const login = { accessKeyId: 'primary', secretAccessKey: 'a secret of the medium test' };
const partBytes = 5 * 1024 * 1024;
const keyring = parseKeyring('k1', { k1: randomBytes(32).toString('hex') });
/** Three parts. */
const plain = randomBytes(2 * partBytes + 100_000);

describe('a backup file into a real store through a faulty network', () => {
  let folder: string;
  let path: string;
  let site: S3Site;
  let proxy: FaultyProxy;
  let store: S3Store;
  let key: string;
  let made = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 's3-faults-'));
    path = join(folder, 'base.tar.zst');
    writeFileSync(path, plain);
    site = await startS3Site({
      ...{ site: 'primary', dataDir: join(folder, 'data'), port: await freePort(), ...login, bucket: 'backups' },
      ...{ programs: { s3Python: '/usr/bin/python3' }, logFile: join(folder, 's3.log') },
    });
  }, 90_000);
  afterAll(async () => {
    await site?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    key = `backups/backup-20261123-040000/orders/base-${(made += 1)}.tar.zst`;
    proxy = await FaultyProxy.start(site.endpoint);
    const { endpoint } = proxy;
    const { region } = site;
    const limits = { partBytes, attempts: 4, idleTimeoutMs: 10_000 };
    store = new S3Store({ name: 'near', bucket: 'backups', endpoint, region, ...login, ...limits });
  });
  afterEach(() => {
    store.close();
    proxy.stop();
  });

  const header = { path: '', takeUp: true };
  const put = async () => {
    header.path = join(folder, `header-${made}`);
    return storeFile(store, keyring, { key, path, header, atMostBytes: plain.length });
  };
  const plan = (on: RegExp, fault: Fault, times = 1): void => void proxy.plan.push({ on, fault, times });

  const part = /^PUT .*partNumber=2/u;
  const complete = /^POST .*uploadId=/u;
  it.each<[string, RegExp, Fault, number]>([
    ['a part is answered with 500', part, { answer: 500, code: 'InternalError' }, 2],
    ['a part is answered with 503', part, { answer: 503, code: 'SlowDown' }, 2],
    ['the answer to a part is lost', part, 'lose the answer', 1],
    ['a part is cut off on its way', part, 'cut the request', 1],
    ['a part takes its time', part, { waitMs: 1_000 }, 1],
    ['the beginning is answered with 503', /^POST .*uploads/u, { answer: 503, code: 'SlowDown' }, 1],
    ['the end is answered with an error inside a 200', complete, 'error inside 200', 1],
    ['the end is answered with 500', complete, { answer: 500, code: 'InternalError' }, 1],
    ['the answer to the end is lost', complete, 'lose the answer', 1],
    ['a look at it is answered with 503', /^HEAD /u, { answer: 503, code: 'SlowDown' }, 2],
  ])('is stored once and whole when %s', async (_what, on, fault, times) => {
    plan(on, fault, times);
    const object = await put();
    await checkObject(store, object, keyring);
    expect((await buffer(await readObject(store, object, keyring))).equals(plain)).toBe(true);
    expect(proxy.plan.map((one) => one.times)).toEqual([0]);
  });

  it.each<[string, RegExp, Fault, string, string]>([
    ['the credentials expire in the middle', part, { answer: 400, code: 'ExpiredToken' }, 'STORE_FAILED', 'expired'],
    ['the store is full', part, { answer: 507, code: 'InsufficientStorage' }, 'STORE_FAILED', 'full'],
    ['another has taken the key', complete, { answer: 412, code: 'PreconditionFailed' }, 'NOT_FOUND', ''],
  ])('fails with what to do when %s, and can be stored afterwards', async (_what, on, fault, code, hint) => {
    plan(on, fault, 100);
    await expect(put()).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) as string });
    expect(await store.head(key)).toBeUndefined();
    proxy.plan.length = 0;
    await checkObject(store, await put(), keyring);
    expect(await store.clearUnfinished(0)).toEqual([]);
  });

  it('is gone on with after an outage: parts that are there are not sent again', async () => {
    plan(/^PUT .*partNumber=3/u, { answer: 503, code: 'SlowDown' }, 100);
    await expect(put()).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
    proxy.plan.length = 0;
    proxy.asked.length = 0;
    const object = await put();
    const sent = proxy.asked.filter((what) => what.startsWith('PUT'));
    expect(sent.map((what) => /partNumber=(\d)/u.exec(what)?.[1])).toEqual(['3']);
    await checkObject(store, object, keyring);
  });

  it('is begun anew where two writes were left undecided', async () => {
    plan(complete, { answer: 409, code: 'ConditionalRequestConflict' });
    await expect(put()).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
    await checkObject(store, await put(), keyring);
  });

  it.each<[string, Fault]>([
    ['cut off', 'cut the answer'],
    ['refused for a while', { answer: 503, code: 'SlowDown' }],
  ])('is never taken for whole when its read-back is %s', async (_what, fault) => {
    const object = await put();
    plan(/^GET /u, fault, 100);
    await expect(checkObject(store, object, keyring)).rejects.toMatchObject({ retryable: true });
    proxy.plan.length = 0;
    await checkObject(store, object, keyring);
  });
});
