import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { callWebhook } from './webhook.js';
import { webhookControl } from './webhook-control.js';

describe('a webhook', () => {
  let server: Server;
  let url: string;
  let reply: { status: number; body: string; headers?: Record<string, string> };
  let heard: { headers: IncomingHttpHeaders; body: string }[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        heard.push({ headers: request.headers, body });
        if (reply.status > 0) response.writeHead(reply.status, reply.headers).end(reply.body);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/agent`;
  });
  beforeEach(() => (heard = []));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is told the order and the token, and gives the answer', async () => {
    reply = { status: 200, body: '{"power":"off"}' };
    expect(await callWebhook({ url, token: () => Promise.resolve('secret') }, { action: 'power-status' })).toEqual({
      power: 'off',
    });
    expect(heard).toMatchObject([{ headers: { authorization: 'Bearer secret' }, body: '{"action":"power-status"}' }]);
  });

  it.each([
    [202, true],
    [503, true],
    [429, true],
    [409, false],
    [401, false],
    [302, false],
  ])('that answers %d has failed, worth another try: %s', async (status, retryable) => {
    reply = { status, body: 'because', headers: { location: url } };
    await expect(callWebhook({ url, token: () => Promise.resolve('secret') }, {})).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      retryable,
      details: [{ problem: 'because' }],
    });
    expect(heard).toHaveLength(1);
  });

  it.each([
    ['{"running":true,"freeBytes":1024}', 1_024],
    ['{"running":true}', undefined],
    ['{"running":true,"freeBytes":"much"}', undefined],
  ])('of a control that answers %s says free bytes: %s', async (body, free) => {
    reply = { status: 200, body };
    const control = webhookControl({ url }, { site: 'dr', component: 'postgres' });
    expect(await control.isRunning()).toBe(true);
    expect(await control.freeBytes?.()).toBe(free);
  });

  it('is not waited for longer than was allowed', async () => {
    reply = { status: 0, body: '' };
    await expect(callWebhook({ url, timeoutMs: 10_000 }, {}, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('that talks nonsense is no success', async () => {
    reply = { status: 200, body: '<html>' };
    await expect(callWebhook({ url }, {})).rejects.toMatchObject({ code: 'COMMAND_FAILED', retryable: false });
  });
});
