import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type S3Site, type S3SiteOptions, startS3Site } from './s3-site.js';

const secretAccessKey = 'a secret of the medium test';
const Bucket = 'backups';

let folder: string;
let options: S3SiteOptions;
let site: S3Site;
let client: S3Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-site-'));
  options = {
    site: 'primary',
    dataDir: join(folder, 'data'),
    port: await freePort(),
    accessKeyId: 'primary',
    secretAccessKey,
    bucket: Bucket,
    programs: { s3Python: '/usr/bin/python3' },
    logFile: join(folder, 's3.log'),
  };
  site = await startS3Site(options);
  client = connect(secretAccessKey);
});

afterAll(async () => {
  client.destroy();
  await site.stop();
  await rm(folder, { recursive: true });
});

describe('create-only writes', () => {
  it('stores one of two concurrent objects and answers the other 412', async () => {
    const writes = ['one', 'two'].map((Body) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'race', Body, IfNoneMatch: '*' })),
    );
    const outcomes = (await Promise.allSettled(writes)).map(statusOf);
    expect(outcomes.filter((status) => status === 412)).toHaveLength(1);
    expect(outcomes.filter((status) => status === 200)).toHaveLength(1);
    expect(await read('race')).toBe(outcomes[0] === 200 ? 'one' : 'two');
  });

  it('keeps the stored object when a multipart upload of its key completes', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'once', Body: 'first' }));
    const upload = await uploadParts('once', ['second']);
    await expect(client.send(new CompleteMultipartUploadCommand(upload))).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    expect(await read('once')).toBe('first');
  });

  it('completes a multipart upload of a new key', async () => {
    const large = 'x'.repeat(5 * 1024 * 1024);
    await client.send(new CompleteMultipartUploadCommand(await uploadParts('parts', [large, 'end'])));
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'parts' }));
    expect(Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([['parts', large.length + 3]]);
    const ranged = await client.send(
      new GetObjectCommand({ Bucket, Key: 'parts', Range: `bytes=${large.length - 1}-${large.length + 1}` }),
    );
    expect(await ranged.Body?.transformToString()).toBe('xen');
  });
});

describe('a write with If-Match', () => {
  it('replaces the very object that it names, and no other', async () => {
    const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: 'match', Body: 'first' }));
    const replace = (Body: string, IfMatch?: string) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'match', Body, ...(IfMatch === undefined ? {} : { IfMatch }) }));
    const second = await replace('second', ETag);
    await expect(replace('late', ETag)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await read('match')).toBe('second');
    await replace('third', second.ETag);
    expect(await read('match')).toBe('third');
  });

  it('of two at once, one is stored', async () => {
    const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: 'race', Body: 'first' }));
    const writes = ['a', 'b', 'c', 'd'].map((Body) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'race', Body, IfMatch: ETag ?? '' })),
    );
    const settled = await Promise.allSettled(writes);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('makes no object, and is refused rather than ignored where it cannot be kept', async () => {
    const absent = client.send(new PutObjectCommand({ Bucket, Key: 'absent', Body: 'x', IfMatch: '"0"' }));
    await expect(absent).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await client.send(new PutObjectCommand({ Bucket, Key: 'copied', Body: 'x' }));
    const deletion = client.send(new DeleteObjectCommand({ Bucket, Key: 'copied', IfMatch: '"0"' }));
    await expect(deletion).rejects.toMatchObject({ name: 'NotImplemented' });
    expect(await list('absent')).toEqual([]);
  });
});

it('deletes several objects in one request', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'gone/1', Body: 'x' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'gone/2', Body: 'x' }));
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'gone/1' }, { Key: 'gone/2' }] } }));
  expect(await list('gone/')).toEqual([]);
});

describe('access', () => {
  it('is refused with a wrong secret', async () => {
    const stranger = connect('wrong');
    const write = stranger.send(new PutObjectCommand({ Bucket, Key: 'stranger', Body: 'x' }));
    await expect(write).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    stranger.destroy();
    expect(await list('stranger')).toEqual([]);
  });

  it('is refused without a signature, by the S3 path and by the path Swift has inside', async () => {
    for (const path of [`/${Bucket}`, `/v1/AUTH_site/${Bucket}`]) {
      expect((await fetch(site.endpoint + path)).status).toBe(401);
    }
  });

  it('leaves the secret out of the command line and the environment', async () => {
    for (const file of ['cmdline', 'environ']) {
      expect(await readFile(`/proc/${site.pid}/${file}`, 'utf8')).not.toContain(secretAccessKey);
    }
  });
});

describe('after kill -9 and a new start', () => {
  it('reads what was acknowledged', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'before the kill' }));
    await restart();
    expect(await read('kept')).toBe('before the kill');
    expect(await list('kept')).toEqual(['kept']);
  });

  it('lists an object that was stored but not listed yet', async () => {
    const listings = join(options.dataDir, 'devices/d1/containers');
    await restart(async () => cp(listings, join(folder, 'before'), { recursive: true }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'unlisted/é', Body: 'stored' }));
    await restart(async () => {
      await rm(listings, { recursive: true });
      await cp(join(folder, 'before'), listings, { recursive: true });
    });
    expect(await list('unlisted/')).toEqual(['unlisted/é']);
  });
});

it('says what the server said when it cannot start', async () => {
  const second = startS3Site({ ...options, dataDir: join(folder, 'second'), logFile: join(folder, 'second.log') });
  await expect(second).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    details: [{ problem: expect.stringContaining('Address already in use') }],
  });
});

function connect(secret: string): S3Client {
  return new S3Client({
    endpoint: `http://127.0.0.1:${options.port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    credentials: { accessKeyId: options.accessKeyId, secretAccessKey: secret },
  });
}

async function restart(whileDown: () => Promise<void> = async () => {}): Promise<void> {
  process.kill(site.pid, 'SIGKILL');
  await site.stop();
  await whileDown();
  site = await startS3Site(options);
}

async function read(Key: string): Promise<string | undefined> {
  return (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
}

async function list(Prefix: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key);
}

async function uploadParts(Key: string, bodies: string[]) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = [];
  for (const [index, Body] of bodies.entries()) {
    const PartNumber = index + 1;
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  return { Bucket, Key, UploadId, MultipartUpload: { Parts }, IfNoneMatch: '*' };
}

function statusOf(outcome: PromiseSettledResult<{ $metadata: { httpStatusCode?: number } }>): number | undefined {
  const { $metadata } = outcome.status === 'fulfilled' ? outcome.value : outcome.reason;
  return $metadata.httpStatusCode;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
