import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SmokeTest } from '@novacron/contracts';
import type { FailoverTargets } from './failover-targets.js';
import { runSmokeTests } from './smoke-tests.js';

describe('a smoke test that did not pass', () => {
  let server: Server;
  let tries: number;
  /** After how many tries it answers no more. */
  let silentAfter: number;

  beforeEach(async () => {
    tries = 0;
    server = createServer((_request, response) => {
      tries += 1;
      if (tries <= silentAfter) response.writeHead(503).end('no server is available');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const outcome = async () => {
    const { port } = server.address() as AddressInfo;
    const test = { name: 'front-door', kind: 'http', url: `http://127.0.0.1:${port}/`, timeout: '1s' } as SmokeTest;
    const about = { site: 'secondary', epoch: 2, operationId: 'failover-1' };
    const [one] = await runSmokeTests({} as FailoverTargets, [test], about, new AbortController().signal);
    return one;
  };

  it('says what all its tries met', async () => {
    silentAfter = Infinity;
    expect(await outcome()).toMatchObject({ passed: false, problem: 'was answered with 503' });
    expect(tries).toBeGreaterThan(2);
  });

  it('says what the others met where the last try had too little time', async () => {
    silentAfter = 3;
    expect(await outcome()).toMatchObject({
      passed: false,
      problem: expect.stringMatching(
        /^was answered with 503; at the last try it could not be carried out: .*gave no answer/u,
      ) as string,
    });
  });
});
