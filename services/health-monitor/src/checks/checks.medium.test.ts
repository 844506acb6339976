import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { requireProgram } from '@novacron/drivers';
import { freePort, type RedisServer, startPostgres, startRedis, type TestPostgres } from '@novacron/drivers/testing';
import { PostgresMember, RedisMember } from '@novacron/drivers';
import { CommandProbe } from './command.js';
import { HttpProbe } from './http.js';
import { PostgresProbe } from './postgres.js';
import type { Probe } from './probe.js';
import { RedisProbe } from './redis.js';
import { TcpProbe } from './tcp.js';

const timeoutMs = 2_000;

function look(probe: Probe, limitMs = timeoutMs): Promise<void> {
  return probe.probe(AbortSignal.timeout(limitMs));
}

describe('the postgres check', () => {
  let postgres: TestPostgres;
  const probe = (password = postgres.admin.password): PostgresProbe =>
    new PostgresProbe(async () => new PostgresMember({ ...postgres.member.options, password }), timeoutMs);

  beforeAll(async () => {
    postgres = await startPostgres();
  });

  afterAll(async () => postgres.stop());

  it('is well with a server that takes our login', async () => {
    await expect(look(probe())).resolves.toBeUndefined();
  });

  it('does not take a refused login for a failed server', async () => {
    await expect(look(probe('wrong'))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('does not wait for a server whose processes are stopped', async () => {
    const pid = postgres.pid()!;
    process.kill(pid, 'SIGSTOP');
    try {
      await expect(look(probe(), 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expect(look(probe())).resolves.toBeUndefined();
  });

  it('fails with a server that is not there', async () => {
    await postgres.kill();
    await expect(look(probe())).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

describe('the redis check', () => {
  let redis: RedisServer;
  const probe = (password = 'test-password'): RedisProbe =>
    new RedisProbe(
      async () => new RedisMember({ name: 'redis', host: '127.0.0.1', port: redis.port, password }),
      timeoutMs,
    );

  beforeAll(async () => {
    redis = await startRedis(requireProgram('redisServer'));
  });

  afterAll(async () => redis.stop());

  it('is well with a server that takes our password', async () => {
    await expect(look(probe())).resolves.toBeUndefined();
  });

  it('does not take a refused password for a failed server', async () => {
    await expect(look(probe('wrong'))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('does not wait for a server that is stopped', async () => {
    redis.kill('SIGSTOP');
    try {
      await expect(look(probe(), 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
    } finally {
      redis.kill('SIGCONT');
    }
  });

  it('fails with a server that is not there', async () => {
    redis.kill();
    await expect(look(probe())).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

describe('the http and tcp checks', () => {
  let server: Server;
  let answer: RequestListener = () => undefined;
  const port = (): number => (server.address() as AddressInfo).port;
  const http = (): HttpProbe => new HttpProbe(`http://127.0.0.1:${port()}/health`, timeoutMs);

  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([200, 204])('are well with status %i', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    await expect(look(http())).resolves.toBeUndefined();
    await expect(look(new TcpProbe('127.0.0.1', port()))).resolves.toBeUndefined();
  });

  it.each([302, 404, 500, 503])('fail with status %i', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    await expect(look(http())).rejects.toMatchObject({
      message: expect.stringContaining(`status ${status}`) as string,
    });
  });

  it('fail when the answer does not come, breaks off, or nobody listens', async () => {
    answer = () => undefined;
    await expect(look(http(), 150)).rejects.toBeDefined();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(look(http())).rejects.toBeDefined();
    const nobody = await freePort();
    await expect(look(new HttpProbe(`http://127.0.0.1:${nobody}`, timeoutMs))).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    await expect(look(new TcpProbe('127.0.0.1', nobody))).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('let go of a half-open connection in time', async () => {
    const silent = createTcpServer((socket) => void socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port: silentPort } = silent.address() as AddressInfo;
    await expect(look(new HttpProbe(`http://127.0.0.1:${silentPort}`, 10_000), 150)).rejects.toBeDefined();
    // Resolves only when no connection is left open.
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('the command check', () => {
  it('is well when the program ends with 0, and fails otherwise', async () => {
    await expect(look(new CommandProbe(['true'], '/', timeoutMs))).resolves.toBeUndefined();
    await expect(look(new CommandProbe(['false'], '/', timeoutMs))).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    await expect(look(new CommandProbe(['sleep', '60'], '/', 150), 150)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(look(new CommandProbe(['no-such-program'], '/', timeoutMs))).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
    });
  });
});
