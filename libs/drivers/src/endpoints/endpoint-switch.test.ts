import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { endpointSwitch } from './endpoint-switch.js';

const order = { site: 'secondary', epoch: 3, operationId: 'failover-1' };

describe('endpointSwitch', () => {
  let folder: string;
  let agent: Server;
  let heard: unknown[];
  const context = () => ({ folder, secret: () => Promise.resolve('kept secret') });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'endpoint-'));
    heard = [];
    agent = createServer((request, response) => {
      void json(request).then((body) => {
        heard.push({ body, authorization: request.headers.authorization });
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    agent.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells an agent where to lead, in which epoch', async () => {
    const url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}/pool`;
    const pool = endpointSwitch({ name: 'pool', webhook: { url, token: { env: 'TOKEN' } } }, context());
    await pool.point(order, {});
    expect(heard).toEqual([
      { body: { action: 'endpoint', name: 'pool', ...order }, authorization: 'Bearer kept secret' },
    ]);
  });

  it('runs a command that finds the site in its words and the rest in its environment', async () => {
    const script = 'echo "$0 $DR_ENDPOINT $DR_SITE $DR_EPOCH $DR_OPERATION $ADMIN" > told';
    const secrets = [{ name: 'ADMIN', secret: { env: 'ADMIN' } }];
    const pool = endpointSwitch({ name: 'pool', command: ['/bin/sh', '-c', script, '{site}'], secrets }, context());
    await pool.point(order, {});
    expect(readFileSync(join(folder, 'told'), 'utf8')).toBe('secondary pool secondary 3 failover-1 kept secret\n');
    expect(pool.how).not.toContain('kept secret');
  });

  it('waits no longer than it may', async () => {
    const slow = endpointSwitch({ name: 'pool', command: ['/bin/sleep', '30'], timeout: '200ms' }, context());
    await expect(slow.point(order, {})).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is not made of an endpoint that nobody can tell', () => {
    expect(() => endpointSwitch({ name: 'pool' }, context())).toThrow(/neither a command nor a webhook/u);
  });
});
