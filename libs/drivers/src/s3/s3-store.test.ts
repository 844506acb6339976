import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { partBytesFor, partsOf } from './parts.js';
import { withRetry } from './retry.js';
import { S3Store } from './s3-store.js';

const mebibyte = 1024 * 1024;

describe('parts', () => {
  const sizes = async (chunks: number[], partBytes: number) => {
    const body = Readable.from(chunks.map((size) => Buffer.alloc(size)));
    const parts: number[] = [];
    for await (const part of partsOf(body, partBytes)) parts.push(part.length);
    return parts;
  };

  it.each([
    [[], [0]],
    [[3], [3]],
    [[4], [4]],
    [
      [1, 1, 1, 1, 1],
      [4, 1],
    ],
    [[9], [4, 4, 1]],
    [
      [3, 5],
      [4, 4],
    ],
  ])('cuts %j into %j', async (chunks, expected) => {
    expect(await sizes(chunks, 4)).toEqual(expected);
  });

  it('keeps the bytes in order', async () => {
    const body = Readable.from([Buffer.from('abc'), Buffer.from('defgh'), Buffer.from('i')]);
    const parts: string[] = [];
    for await (const part of partsOf(body, 4)) parts.push(part.toString());
    expect(parts).toEqual(['abcd', 'efgh', 'i']);
  });

  it('are large enough for the server to take all of them', () => {
    expect(partBytesFor(undefined)).toBe(64 * mebibyte);
    expect(partBytesFor(1)).toBe(16 * mebibyte);
    const huge = 5 * 1024 ** 4;
    expect(Math.ceil(huge / partBytesFor(huge))).toBeLessThanOrEqual(10_000);
  });
});

describe('withRetry', () => {
  it('gives up after the attempts it has, and tells the later ones that there was an earlier', async () => {
    const seen: boolean[] = [];
    const work = (mayBeDone: boolean) => {
      seen.push(mayBeDone);
      return Promise.reject(new Error('socket hang up'));
    };
    await expect(withRetry(work, { attempts: 3, random: () => 0 })).rejects.toThrow('socket hang up');
    expect(seen).toEqual([false, true, true]);
  });
});

/** A server that answers from a script, to show what a store does when answers fail or get lost. */
describe('S3Store against a server that fails', () => {
  type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;
  let server: http.Server;
  let store: S3Store;
  let script: Answer[];
  let requests: string[];

  beforeEach(async () => {
    script = [];
    requests = [];
    server = http.createServer((request, response) => {
      requests.push(`${request.method} ${request.url?.split('?')[0]}`);
      request.resume().on('end', () => (script.shift() ?? refuse(500))(request, response));
    });
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    store = new S3Store({
      name: 's',
      bucket: 'b',
      region: 'r',
      endpoint,
      accessKeyId: 'key',
      secretAccessKey: 'hidden',
      attempts: 3,
    });
  });
  afterEach(() => {
    store.close();
    server.closeAllConnections();
    server.close();
  });

  const refuse =
    (status: number, code = 'InternalError'): Answer =>
    (_request, response) =>
      void response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code><Message>m</Message></Error>`);
  const ok =
    (headers: http.OutgoingHttpHeaders = {}, body = ''): Answer =>
    (_request, response) =>
      void response.writeHead(200, headers).end(body);
  const lost: Answer = (request) => void request.socket.destroy();

  it('repeats what passes', async () => {
    script = [refuse(503, 'SlowDown'), ok({ etag: '"1"' }), ok({ 'content-length': 4 })];
    expect(await store.put('k', Buffer.from('body'))).toMatchObject({ sizeBytes: 4 });
    expect(requests).toEqual(['PUT /b/k', 'PUT /b/k', 'HEAD /b/k']);
  });

  it('knows its own object again when the answer to the first attempt was lost', async () => {
    let mark = '';
    const storedButLost: Answer = (request, response) => {
      mark = String(request.headers['x-amz-meta-dr-upload']);
      lost(request, response);
    };
    const itsHead: Answer = (_request, response) =>
      void response.writeHead(200, { 'content-length': 4, 'x-amz-meta-dr-upload': mark }).end();
    script = [storedButLost, refuse(412, 'PreconditionFailed'), itsHead, itsHead];
    expect(await store.put('k', Buffer.from('body'))).toMatchObject({ sizeBytes: 4 });
  });

  it("does not take another's object for its own", async () => {
    script = [lost, refuse(412, 'PreconditionFailed'), ok({ 'content-length': 4, 'x-amz-meta-dr-upload': 'other' })];
    await expect(store.put('k', Buffer.from('body'))).rejects.toMatchObject({ code: 'CONFLICT', retryable: false });
  });

  it('does not believe a put that the store does not show afterwards', async () => {
    script = [ok({ etag: '"1"' }), ok({ 'content-length': 3 })];
    await expect(store.put('k', Buffer.from('body'))).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
  });

  it('takes a body that breaks off for an error', async () => {
    script = [
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('some', () => request.socket.destroy());
      },
    ];
    const stream = await store.get('k');
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const xml = { 'content-type': 'application/xml' };
  const begun = ok(xml, '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
  const uploads = (...ids: string[]): Answer => uploadsAt('Fri, 02 Jan 2026 12:00:00 GMT', ...ids);
  const uploadsAt = (date: string, ...ids: string[]): Answer =>
    ok(
      { ...xml, date },
      `<ListMultipartUploadsResult>${ids
        .map(
          (id, day) =>
            `<Upload><Key>k</Key><UploadId>${id}</UploadId><Initiated>2026-01-0${day + 1}T00:00:00Z</Initiated></Upload>`,
        )
        .join('')}</ListMultipartUploadsResult>`,
    );
  const absent = refuse(404, 'NotFound');

  it('finds an error inside a 200 answer, and goes on with the upload when it is asked again', async () => {
    const inside = ok(xml, '<Error><Code>InternalError</Code><Message>m</Message></Error>');
    const small = new S3Store({ ...store['options'], partBytes: 4 });
    script = [absent, uploads(), begun, ok({ etag: '"1"' }), ok({ etag: '"2"' }), inside, inside, inside];
    await expect(small.put('k', Buffer.from('12345678'))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);

    requests = [];
    const part = (number: number, etag: string): string =>
      `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${etag}&quot;</ETag><Size>4</Size></Part>`;
    const held = ok(xml, `<ListPartsResult>${part(1, md5('1234'))}${part(2, md5('other'))}</ListPartsResult>`);
    const completed = ok(xml, '<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>');
    script = [absent, uploads('older', 'u'), held, ok({ etag: '"2"' }), completed, ok({ 'content-length': 8 })];
    expect(await small.put('k', Buffer.from('12345678'))).toMatchObject({ sizeBytes: 8 });
    // Of the two parts the one that is there as it would be sent is not sent again.
    expect(requests).toEqual(['HEAD /b/k', 'GET /b/', 'GET /b/k', 'PUT /b/k', 'POST /b/k', 'HEAD /b/k']);
    small.close();
  });

  it('aborts an upload that cannot succeed', async () => {
    const small = new S3Store({ ...store['options'], partBytes: 4 });
    script = [absent, uploads(), begun, refuse(403, 'AccessDenied'), refuse(403, 'AccessDenied'), ok()];
    await expect(small.put('k', Buffer.from('12345678'))).rejects.toMatchObject({ retryable: false });
    expect(requests.at(-1)).toBe('DELETE /b/k');
    small.close();
  });

  it('removes uploads that were left long ago, and says which', async () => {
    script = [uploads('older', 'newer'), ok()];
    expect(await store.clearUnfinished(86_400_000)).toEqual([{ key: 'k', begunAt: '2026-01-01T00:00:00.000Z' }]);
    expect(requests).toEqual(['GET /b/', 'DELETE /b/k']);
  });

  it('removes no upload that is young by the clock of the server, however far ahead ours is', async () => {
    // Begun on the 1st of January 2026: long ago by our clock, an hour ago by the server's; and by no clock where it does not tell.
    script = [uploadsAt('Thu, 01 Jan 2026 01:00:00 GMT', 'alive'), ok()];
    expect(await store.clearUnfinished(48 * 3_600_000)).toEqual([]);
    script = [uploadsAt('once upon a time', 'alive'), ok()];
    expect(await store.clearUnfinished(48 * 3_600_000)).toEqual([]);
    expect(requests).toEqual(['GET /b/', 'GET /b/']);
  });

  it('says who must do what about refused credentials, without them', async () => {
    script = [refuse(403, 'SignatureDoesNotMatch')];
    const error: unknown = await store.put('k', Buffer.from('body')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      retryable: false,
      hint: expect.stringContaining('access key') as string,
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('hidden');
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['expired credentials', 400, 'ExpiredToken', 'expired'],
    ['a store that is full', 507, 'InsufficientStorage', 'full'],
    ['a quota that is used up', 403, 'QuotaExceeded', 'full'],
    ['a clock that is wrong', 403, 'RequestTimeTooSkewed', 'clock'],
  ])('says what to do about %s', async (_, status, code, hint) => {
    script = Array.from({ length: 3 }, () => refuse(status, code));
    await expect(store.put('k', Buffer.from('body'))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: expect.stringContaining(hint) as string,
    });
  });

  it('repeats what another write has left undecided, and gives up as one that may be tried again', async () => {
    script = [refuse(409, 'ConditionalRequestConflict'), ok({ etag: '"1"' }), ok({ 'content-length': 4 })];
    expect(await store.put('k', Buffer.from('body'))).toMatchObject({ sizeBytes: 4 });
    script = Array.from({ length: 3 }, () => refuse(409, 'ConditionalRequestConflict'));
    await expect(store.put('k', Buffer.from('body'))).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
  });

  it('does not wait for ever for a server that says nothing, or stops in the middle', async () => {
    const impatient = new S3Store({ ...store['options'], attempts: 2, idleTimeoutMs: 100 });
    script = [() => undefined, () => undefined];
    await expect(impatient.head('k')).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    script = [(_request, response) => void response.writeHead(200, { 'content-length': 100 }).write('some')];
    const stream = await impatient.get('k');
    await expect(stream.toArray()).rejects.toMatchObject({ retryable: true });
    impatient.close();
  });

  it('repeats a download that fails at first, and takes a short one for an error', async () => {
    script = [refuse(500), refuse(503, 'SlowDown'), ok({ 'content-length': 4 }, 'body')];
    expect(Buffer.concat(await (await store.get('k')).toArray()).toString()).toBe('body');
    script = [
      (request, response) => {
        response.writeHead(200, { 'content-length': 9 });
        response.write('body', () => request.socket.end());
      },
    ];
    await expect(store.get('k').then((stream) => stream.toArray())).rejects.toMatchObject({ retryable: true });
  });

  it('finds an error inside the 200 of a copy, and a copy without an outcome', async () => {
    const xml = { 'content-type': 'application/xml' };
    const to = new S3Store({ ...store['options'], name: 'to', bucket: 'c' });
    const inside = ok(xml, '<Error><Code>InternalError</Code><Message>m</Message></Error>');
    script = [ok({ 'content-length': 4 }), inside];
    await expect(to.copyFrom(store, 'k')).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true });
    script = [ok({ 'content-length': 4 }), ok(xml, '<CopyObjectResult></CopyObjectResult>')];
    await expect(to.copyFrom(store, 'k')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    to.close();
  });

  it('lists page after page', async () => {
    const page = (key: string, next: string) =>
      ok(
        { 'content-type': 'application/xml' },
        `<ListBucketResult><IsTruncated>${next !== ''}</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>` +
          `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>`,
      );
    script = [page('a', 'more'), page('b', '')];
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual(['a', 'b']);
  });

  it('reports a server that is gone', async () => {
    server.close();
    await expect(store.head('k')).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });
});
