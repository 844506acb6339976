import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { freePort, temporaryFolder } from '@novacron/drivers/testing';
import { look } from '../testing/look.js';
import { type HttpExpectation, HttpProbe } from './http.js';
import { TcpProbe } from './tcp.js';
import { TlsProbe } from './tls.js';
import { WorkersProbe, workersOfPage } from './workers.js';

const host = '127.0.0.1';
const listen = async (server: Server | HttpsServer | ReturnType<typeof createTcpServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
};

describe('the http and tcp checks', () => {
  let server: Server;
  let port: number;
  let answer: RequestListener = () => undefined;
  const http = (expected: HttpExpectation = {}, of = `localhost:${port}`): HttpProbe =>
    new HttpProbe(`http://${of}/health?deep=1`, expected);

  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response));
    port = await listen(server);
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('ask for the whole path, and tell where the time went', async () => {
    answer = (request, response) =>
      setTimeout(() => response.end(`${request.method} ${request.url} ${request.headers.host}`), 60);
    const { timings } = await look(http({ body: `GET /health?deep=1 localhost:${port}` }));

    expect(timings).toEqual({
      resolveMs: expect.any(Number) as number,
      connectMs: expect.any(Number) as number,
      firstByteMs: expect.any(Number) as number,
    });
    expect(timings?.firstByteMs).toBeGreaterThanOrEqual(50);
    expect(timings?.connectMs).toBeLessThan(timings?.firstByteMs ?? 0);
  });

  it.each([200, 204])('are well with status %i', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    await expect(look(http())).resolves.toBeDefined();
    await expect(look(new TcpProbe({ host, port }))).resolves.toMatchObject({
      timings: { connectMs: expect.any(Number) as number },
    });
  });

  it.each([302, 404, 500, 503])('fail with status %i', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    await expect(look(http())).rejects.toThrow(`status ${status}`);
    await expect(look(http({ status: [status] }))).resolves.toBeDefined();
  });

  it('fail with a wrong answer, and do not tell it', async () => {
    answer = (_, response) => response.end('{"status":"down","secret":"s3cret"}');
    const wrong = look(http({ json: { pointer: '/status', equals: 'up' } })).catch((error: unknown) => String(error));
    expect(await wrong).toContain('answered with another /status than expected');
    expect(await wrong).not.toContain('s3cret');
    await expect(look(http({ body: 'up' }))).rejects.toThrow('without the expected text');
  });

  it('say how far it came when the answer does not come, breaks off, or nobody listens', async () => {
    answer = () => undefined;
    await expect(look(http(), 150)).rejects.toThrow('gave no first byte in time');
    answer = (_, response) => response.writeHead(200, { 'content-length': '10' }).write('half');
    await expect(look(http(), 150)).rejects.toThrow('did not end its answer in time');
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(look(http())).rejects.toThrow(/broke off|closed the connection/u);
    const nobody = await freePort();
    await expect(look(http({}, `${host}:${nobody}`))).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(look(new TcpProbe({ host, port: nobody }))).rejects.toThrow('refused the connection: ECONNREFUSED');
    await expect(look(http({}, 'no-such-host.invalid:80'), 8_000)).rejects.toThrow('no-such-host.invalid');
  });

  it('let go of a half-open connection in time', async () => {
    const silent = createTcpServer((socket) => void socket.on('error', () => undefined).resume());
    const silentPort = await listen(silent);
    await expect(look(http({}, `${host}:${silentPort}`), 150)).rejects.toThrow('gave no first byte in time');
    // Resolves only when no connection is left open.
    await new Promise((resolve) => silent.close(resolve));
  });

  it('leave no connection behind, also where the server does not close', async () => {
    const stubborn = createTcpServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
      socket.on('end', () => socket.end());
    });
    const stubbornPort = await listen(stubborn);
    for (let i = 0; i < 20; i += 1) await look(http({}, `${host}:${stubbornPort}`));
    await new Promise((resolve) => stubborn.close(resolve));
  });

  it('read what workers tell of themselves', async () => {
    answer = (_, response) => response.end('{"heartbeatAgeMs": 12.5, "queueAgeMs": 70000}');
    const workers = (maxQueueAgeMs: number): WorkersProbe =>
      new WorkersProbe(workersOfPage(`http://${host}:${port}/workers`), { maxHeartbeatAgeMs: 1_000, maxQueueAgeMs });
    expect(await look(workers(100_000))).toEqual({});
    expect((await look(workers(60_000))).degraded).toContain('work has waited for 70000 ms');
    answer = (_, response) => response.end('{"heartbeatAgeMs": 12.5, "queueAgeMs": null}');
    expect(await look(workers(60_000))).toEqual({});
    answer = (_, response) => response.end('{"heartbeatAgeMs": 12.5, "queue": 70000}');
    expect((await look(workers(60_000))).degraded).toContain('is not told');
    answer = (_, response) => response.end('{"heartbeatAgeMs": "soon"}');
    await expect(look(workers(60_000))).rejects.toThrow('heartbeatAgeMs is not a number');
    answer = (_, response) => response.end('fine');
    await expect(look(workers(60_000))).rejects.toThrow('not a JSON object');
  });
});

describe('the tls check', () => {
  const folder = temporaryFolder('tls');
  const servers: HttpsServer[] = [];
  const openssl = (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: folder.path, stdio: ['ignore', 'pipe', 'ignore'] });
  const pem = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
  let ports: Readonly<Record<string, number>> = {};

  beforeAll(async () => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '3650',
      '-subj',
      '/CN=test CA',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    );
    ports = {
      good: await serve('good', 'localhost', 90),
      soon: await serve('soon', 'localhost', 5),
      over: await serve('over', 'localhost', -1),
      other: await serve('other', 'other.example.org', 90),
    };
  });

  afterAll(async () => {
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    folder.remove();
  });

  async function serve(name: string, subject: string, days: number): Promise<number> {
    const ends = new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]/gu, '').slice(0, 14);
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      `/CN=${subject}`,
      '-addext',
      `subjectAltName=DNS:${subject}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    execFileSync('sh', ['-c', 'mkdir -p ca && : > ca/index.txt && echo 1000 > ca/serial'], { cwd: folder.path });
    execFileSync(
      'sh',
      [
        '-c',
        `cat > ca.cnf <<'END'
[ca]
default_ca = own
[own]
database = ca/index.txt
serial = ca/serial
new_certs_dir = ca
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
END`,
      ],
      { cwd: folder.path },
    );
    openssl(
      'ca',
      '-batch',
      '-config',
      'ca.cnf',
      '-cert',
      'ca.pem',
      '-keyfile',
      'ca.key',
      '-startdate',
      '20240101000000Z',
      '-enddate',
      `${ends}Z`,
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
    );
    const server = createHttpsServer({ key: pem(`${name}.key`), cert: pem(`${name}.pem`) }, (_, response) =>
      response.end('well'),
    );
    servers.push(server);
    return listen(server);
  }

  const tls = (name: string, own: { caPem?: string; serverName?: string } = { caPem: pem('ca.pem') }): TlsProbe =>
    new TlsProbe({ host, port: ports[name]!, serverName: 'localhost', minValidMs: 14 * 86_400_000, ...own });

  it('is well with a certificate that is valid for long enough, its handshake timed apart', async () => {
    expect(await look(tls('good'))).toEqual({
      timings: { connectMs: expect.any(Number) as number, tlsMs: expect.any(Number) as number },
    });
    const { timings } = await look(
      new HttpProbe(`https://localhost:${ports['good']}/`, { caPem: pem('ca.pem'), body: 'well' }),
    );
    expect(Object.keys(timings ?? {})).toEqual(['resolveMs', 'connectMs', 'tlsMs', 'firstByteMs']);
  });

  it('is degraded before one ends', async () => {
    expect((await look(tls('soon'))).degraded).toMatch(/^the certificate ends in (?:5\.0|4\.9) days/u);
  });

  it.each([
    ['over', undefined, 'CERT_HAS_EXPIRED'],
    ['other', undefined, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['good', {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('fails with one that is %s, with %j: %s', async (name, own, code) => {
    await expect(look(tls(name, own))).rejects.toThrow(`failed in TLS: ${code}`);
  });

  it('does not wait for a server that never shakes hands', async () => {
    const silent = createTcpServer((socket) => void socket.on('error', () => undefined).resume());
    const port = await listen(silent);
    const probe = new TlsProbe({ host, port, serverName: 'localhost', minValidMs: 0 });
    await expect(look(probe, 150)).rejects.toThrow('did not agree on TLS in time');
    await new Promise((resolve) => silent.close(resolve));
  });
});
