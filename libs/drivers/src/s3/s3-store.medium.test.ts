import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { objectStoreContract } from '../testing/object-store-contract.js';
import { type MotoServer, startMoto } from '../testing/start-moto.js';
import { S3Store, type S3StoreOptions } from './s3-store.js';

const mebibyte = 1024 * 1024;
const login = { accessKeyId: 'test', secretAccessKey: 'test-secret' };

describe('S3Store on AWS as moto has it', () => {
  let moto: MotoServer;
  let aws: S3Client;
  const stores: S3Store[] = [];

  beforeAll(async () => {
    moto = await startMoto();
    aws = new S3Client({ endpoint: moto.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: login });
    for (const Bucket of ['backups', 'dr-backups']) await aws.send(new CreateBucketCommand({ Bucket }));
    await aws.send(new CreateBucketCommand({ Bucket: 'locked-backups', ObjectLockEnabledForBucket: true }));
  }, 90_000);

  afterAll(async () => {
    for (const store of stores) store.close();
    aws?.destroy();
    await moto?.stop();
  });

  const open = (bucket: string, more: Partial<S3StoreOptions> = {}): S3Store => {
    const { endpoint } = moto;
    const store = new S3Store({
      name: bucket,
      bucket,
      endpoint,
      region: 'us-east-1',
      ...login,
      partBytes: 5 * mebibyte,
      ...more,
    });
    stores.push(store);
    return store;
  };
  const classOf = async (Bucket: string, Key: string): Promise<string | undefined> =>
    (await aws.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass;
  const bulk = { bulk: true, retain: true } as const;
  let made = 0;

  // moto looks whether a key exists before it writes, not while: of several writers more than one may win.
  const cases = objectStoreContract(() => open('backups', { prefix: `case-${(made += 1)}/` })).filter(
    ({ name }) => name !== 'lets exactly one of several writers win',
  );
  it.each([...cases])('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  it('puts what is large into the class that the estate names, in one part, in several, and as a copy', async () => {
    const near = open('backups', { prefix: 'class/', storageClass: 'STANDARD_IA' });
    const far = open('dr-backups', { prefix: 'class/', storageClass: 'GLACIER_IR' });
    await near.put('one', Buffer.alloc(200_000), bulk);
    await near.put('several', Buffer.alloc(12 * mebibyte), bulk);
    await near.put('manifest.json', Buffer.alloc(200_000), { retain: true });
    await near.put('small', Buffer.alloc(1_000), bulk);
    expect(
      await Promise.all(['one', 'several', 'manifest.json', 'small'].map((key) => classOf('backups', `class/${key}`))),
    ).toEqual(['STANDARD_IA', 'STANDARD_IA', undefined, undefined]);
    expect(await far.copyFrom(near, 'one', bulk)).toBe(true);
    expect(await classOf('dr-backups', 'class/one')).toBe('GLACIER_IR');
    expect(await far.capabilities()).toEqual({
      conditionalPut: true,
      storageClass: { asked: 'GLACIER_IR', taken: true },
      versioned: false,
      objectLock: false,
    });
  });

  it('goes on with an upload that broke off, and removes one that nobody goes on with', async () => {
    const store = open('backups', { prefix: 'broken/' });
    const body = Buffer.concat([Buffer.alloc(5 * mebibyte, 'a'), Buffer.alloc(5 * mebibyte, 'b'), Buffer.from('end')]);
    const begin = async (Key: string): Promise<string> => {
      const { UploadId = '' } = await aws.send(new CreateMultipartUploadCommand({ Bucket: 'backups', Key }));
      const parts = [body.subarray(0, 5 * mebibyte), Buffer.alloc(5 * mebibyte, 'other')];
      for (const [index, Body] of parts.entries())
        await aws.send(new UploadPartCommand({ Bucket: 'backups', Key, UploadId, PartNumber: index + 1, Body }));
      return UploadId;
    };
    const left = async (): Promise<(string | undefined)[]> => {
      const { Uploads = [] } = await aws.send(new ListMultipartUploadsCommand({ Bucket: 'backups' }));
      // Cases beside this one leave some, too.
      return Uploads.map(({ Key }) => Key).filter((key) => key?.startsWith('broken/'));
    };
    await begin('broken/object');
    await begin('broken/forgotten');
    await store.put('object', Readable.from(slicesOf(body)), { atMostBytes: 100 * mebibyte });
    expect(Buffer.concat(await (await store.get('object')).toArray()).equals(body)).toBe(true);
    expect(await left()).toEqual(['broken/forgotten']);
    // Every upload of moto's began in November 2010.
    expect(await store.clearUnfinished(100 * 365 * 86_400_000)).toEqual([]);
    expect(await store.clearUnfinished(48 * 3_600_000)).toMatchObject([{ key: 'forgotten' }]);
    expect(await left()).toEqual([]);
  });

  it('copies in parts what is too long for one request', async () => {
    const near = open('backups', { prefix: 'long/' });
    const far = open('dr-backups', { prefix: 'long/', copyLimitBytes: 5 * mebibyte, storageClass: 'STANDARD_IA' });
    const body = Buffer.alloc(12 * mebibyte, 'novacron');
    await near.put('object', body);
    expect(await far.copyFrom(near, 'object', bulk)).toBe(true);
    expect(Buffer.concat(await (await far.get('object')).toArray()).equals(body)).toBe(true);
    expect(await classOf('dr-backups', 'long/object')).toBe('STANDARD_IA');
  });

  it('locks what is to be kept, however it came there, and does not hide what is locked', async () => {
    const objectLock = { mode: 'compliance', keepForMs: 3_600_000 } as const;
    const store = open('locked-backups', { objectLock, copyLimitBytes: 5 * mebibyte });
    const near = open('backups', { prefix: 'lock/' });
    await store.put('one', Buffer.from('x'), bulk);
    await store.put('several', Buffer.alloc(12 * mebibyte), bulk);
    await near.put('copied', Buffer.from('x'));
    await near.put('copied in parts', Buffer.alloc(12 * mebibyte));
    for (const key of ['copied', 'copied in parts']) expect(await store.copyFrom(near, key, bulk)).toBe(true);
    for (const key of ['one', 'several', 'copied', 'copied in parts']) {
      const until = Date.parse((await store.head(key))?.lockedUntil ?? '');
      expect([key, until > Date.now() + 3_000_000]).toEqual([key, true]);
      await expect(store.delete(key)).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: expect.stringContaining('locked until') as string,
      });
      expect(await store.head(key)).toBeDefined();
    }
    expect(await store.capabilities()).toMatchObject({ objectLock: true, versioned: true });
  });

  it('deletes the object itself where the bucket keeps versions', async () => {
    const store = open('locked-backups');
    await store.put('gone', Buffer.from('x'));
    await store.delete('gone');
    const answer = await fetch(`${moto.endpoint}/locked-backups?versions&prefix=gone`);
    expect(await answer.text()).not.toContain('<Key>gone</Key>');
  });

  it('says that a bucket without Object Lock cannot keep what the estate promises', async () => {
    const store = open('backups', { objectLock: { mode: 'governance', keepForMs: 1_000 } });
    await expect(store.capabilities()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: expect.stringContaining('Object Lock') as string,
    });
  });

  it('goes on without the class that a server does not know', async () => {
    const server = http.createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.method === 'HEAD') response.writeHead(200, { 'content-length': 200_000 }).end();
        else if (request.headers['x-amz-storage-class'] === undefined) response.writeHead(200, { etag: '"1"' }).end();
        else response.writeHead(400).end('<Error><Code>InvalidStorageClass</Code><Message>m</Message></Error>');
      });
    });
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const store = open('backups', { endpoint, storageClass: 'STANDARD_IA' });
      expect(await store.put('k', Buffer.alloc(200_000), bulk)).toMatchObject({ sizeBytes: 200_000 });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

function* slicesOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 100_000) yield body.subarray(at, at + 100_000);
}
