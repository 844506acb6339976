import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startMoto, startSwift } from '@novacron/drivers/testing';
import { release } from '../testing/releases.js';
import { compareGenerations, parseGeneration } from './generation.js';
import { S3Place, type S3PlaceOptions } from './s3-place.js';

interface Store {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

const moto = async (): Promise<Store> => ({
  ...(await startMoto()),
  region: 'us-east-1',
  accessKeyId: 'a',
  secretAccessKey: 'b',
});
const bucket = 'status';
const signal = AbortSignal.timeout(170_000);

describe.each([
  ['OpenStack Swift', startSwift],
  ['moto', moto],
] as const)('a bucket of %s', (name, start) => {
  let store: Store;
  let client: S3Client;
  let made = 0;
  let prefix: string;
  const opened: S3Place[] = [];

  const place = (more: Partial<S3PlaceOptions> = {}): S3Place => {
    const { endpoint, region, accessKeyId, secretAccessKey } = store;
    const one = new S3Place({
      name: 'bucket',
      bucket,
      prefix,
      endpoint,
      region,
      accessKeyId,
      secretAccessKey,
      ...more,
    });
    opened.push(one);
    return one;
  };
  const shown = async (path: string): Promise<string> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + path }));
    return (await Body?.transformToString()) ?? '';
  };
  const names = async (): Promise<readonly string[]> => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return Contents.map(({ Key = '' }) => Key.slice(prefix.length)).toSorted();
  };

  beforeAll(async () => {
    store = await start();
    const { endpoint, region, accessKeyId, secretAccessKey } = store;
    client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  beforeEach(() => {
    prefix = `page-${(made += 1)}/`;
  });
  afterAll(async () => {
    for (const one of opened) one.close();
    client?.destroy();
    await store?.stop();
  });

  it('has the whole page as web pages, and is given only what changed', async () => {
    expect(await place().publish(release(1, 1), signal)).toEqual({ kind: 'published', files: 4 });
    expect(await place().publish(release(1, 2), signal)).toEqual({ kind: 'published', files: 3 });
    expect(await shown('index.html')).toBe('index.html 1.2');
    const page = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}index.html` }));
    expect([page.ContentType, page.CacheControl]).toEqual([
      'text/html; charset=utf-8',
      'public, max-age=30, stale-while-revalidate=30, stale-if-error=86400',
    ]);
  });

  it('takes nothing older, whatever the clocks say', async () => {
    await place().publish(release(2, 5, '2026-03-15T10:00:00.000Z'), signal);
    expect(await place().publish(release(1, 900, '2031-01-01T00:00:00.000Z'), signal)).toEqual({
      kind: 'overtaken',
      by: { term: 2, number: 5 },
    });
    await place().publish(release(3, 1, '1999-01-01T00:00:00.000Z'), signal);
    expect(await shown('index.html')).toBe('index.html 3.1');
  });

  it('loses what is no longer part of the page, and nothing that is not ours', async () => {
    await place().publish(release(1, 1), signal);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}robots.txt`, Body: 'theirs' }));
    const { site, ...rest } = release(1, 2);
    await place().publish(
      { ...rest, site: new Map([...site].filter(([path]) => path !== 'incidents/a.html')) },
      signal,
    );
    expect(await names()).toEqual(['generation.json', 'history.html', 'index.html', 'pictures/same.png', 'robots.txt']);
  });

  it('puts right what somebody else wrote over it', async () => {
    await place().publish(release(1, 1), signal);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}pictures/same.png`, Body: 'theirs' }));
    await place().publish(release(1, 2), signal);
    expect(await shown('pictures/same.png')).toBe('the same');
  });

  it('ends with the newest page while two publishers write to it, and its first page never goes back', async () => {
    // A store that knows no If-Match is asked before each write instead, which leaves a moment in which two may cross.
    const seen: string[] = [];
    const done = new AbortController();
    const reader = (async () => {
      while (!done.signal.aborted) seen.push((await shown('index.html').catch(() => '')).split(' ')[1] ?? '');
    })();
    const publishers = [1, 2].map(async (term) => {
      for (let number = 1; number <= 8; number += 1) await place().publish(release(term, number), signal);
    });
    await Promise.all(publishers);
    done.abort();
    await reader;
    await place().publish(release(2, 9), signal);
    for (const path of ['index.html', 'history.html', 'incidents/a.html'])
      expect(await shown(path)).toBe(`${path} 2.9`);
    if (name === 'moto') return;
    const order = seen.map((text) => parseGeneration(text)).filter((one) => one !== undefined);
    for (const [index, generation] of order.entries()) {
      const before = order[index - 1];
      if (before !== undefined) expect(compareGenerations(generation, before)).toBeGreaterThanOrEqual(0);
    }
  });

  it('says what is wrong with it', async () => {
    const nowhere = place({ bucket: 'nowhere' }).publish(release(1, 1), signal);
    await expect(nowhere).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/NoSuchBucket/u),
    });
    const gone = place({ endpoint: 'http://127.0.0.1:9' }).publish(release(1, 1), signal);
    await expect(gone).rejects.toMatchObject({ code: 'UNREACHABLE' });
    if (name === 'moto') return;
    const wrong = place({ secretAccessKey: 'another' }).publish(release(1, 1), signal);
    await expect(wrong).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: 'check the access key, its secret and its rights on the bucket',
    });
  });
});
