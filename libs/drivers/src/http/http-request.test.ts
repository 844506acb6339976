import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { httpRequest } from './http-request.js';

const servers: { close(): void }[] = [];

async function serve(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  servers.push({ close: () => (server.closeAllConnections(), server.close()) });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => servers.splice(0).forEach((server) => server.close()));

describe('httpRequest', () => {
  it('sends a body and returns status, headers and body', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () =>
        response.writeHead(202, { 'x-kind': request.headers['x-kind'] }).end(`${request.method} ${body}`),
      );
    });
    const answer = await httpRequest({
      url,
      method: 'POST',
      headers: { 'x-kind': 'hook' },
      body: 'häl',
      timeoutMs: 5_000,
    });
    expect(answer).toMatchObject({ status: 202, body: 'POST häl' });
    expect(answer.headers['x-kind']).toBe('hook');
    expect(answer.durationMs).toBeGreaterThan(0);
  });

  it('limits the time until the last byte', async () => {
    const url = await serve((_request, response) => void response.write('a'));
    await expect(httpRequest({ url, timeoutMs: 150 })).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
  });

  it('limits the size of the answer', async () => {
    const url = await serve((_request, response) => void response.end('a'.repeat(100)));
    await expect(httpRequest({ url, timeoutMs: 5_000, maxBodyBytes: 99 })).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
  });

  it('reports a closed port, and an answer that breaks off', async () => {
    const server = net.createServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab')),
    );
    servers.push(server.listen(0, '127.0.0.1'));
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-token`;
    await expect(httpRequest({ url, timeoutMs: 5_000 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await new Promise((resolve) => server.close(resolve));
    const error: unknown = await httpRequest({ url, timeoutMs: 5_000 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') as string });
    expect((error as Error).message).not.toContain('secret-token');
  });

  it('refuses what is not a URL', async () => {
    await expect(httpRequest({ url: 'nowhere', timeoutMs: 10 })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
