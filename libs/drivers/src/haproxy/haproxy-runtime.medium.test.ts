import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { requireProgram } from '../command/programs.js';
import { type HaproxyServer, startHaproxy } from '../testing/start-haproxy.js';
import { HaproxyRuntime } from './haproxy-runtime.js';

/** A server that says its name and keeps the connection. */
async function named(name: string): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(name);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

async function whoAnswers(port: number): Promise<{ name: string; socket: Socket }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const [data] = (await once(socket, 'data')) as [Buffer];
  return { name: data.toString(), socket };
}

describe('HaproxyRuntime', () => {
  let proxy: HaproxyServer;
  let a: Awaited<ReturnType<typeof named>>;
  let b: Awaited<ReturnType<typeof named>>;
  let runtime: HaproxyRuntime;

  beforeAll(async () => {
    [a, b] = [await named('a'), await named('b')];
    proxy = await startHaproxy(requireProgram('haproxy'), { a: a.port, b: b.port });
    runtime = new HaproxyRuntime({ endpoints: [proxy.runtime] });
  });
  afterAll(async () => {
    await proxy.stop();
    a.server.close();
    b.server.close();
  });

  it('moves traffic, ends the old sessions, and puts back what was', async () => {
    const before = await runtime.servers('db');
    expect(before.map(({ server, state }) => `${server} ${state}`)).toEqual(['a ready', 'b maint']);
    const old = await whoAnswers(proxy.port);
    expect(old.name).toBe('a');

    const closed = once(old.socket, 'close');
    await runtime.activate('db', 'b');
    await closed;
    const moved = await whoAnswers(proxy.port);
    moved.socket.destroy();
    expect(moved.name).toBe('b');

    await runtime.restore(before);
    const back = await whoAnswers(proxy.port);
    back.socket.destroy();
    expect(back.name).toBe('a');
  });

  it('ends the sessions of a server on every instance, and has counted none when it says so', async () => {
    await runtime.activate('db', 'a');
    const second = await startHaproxy(requireProgram('haproxy'), { a: a.port, b: b.port });
    try {
      const both = new HaproxyRuntime({ endpoints: [proxy.runtime, second.runtime] });
      const held = await Promise.all([proxy, second, second].map(({ port }) => whoAnswers(port)));
      const closed = held.map(({ socket }) => once(socket, 'close'));
      const countOf = async () =>
        (await both.sessions('db')).map(({ server, sessions }) => `${server} ${sessions}`).toSorted();
      expect(await countOf()).toEqual(['a 1', 'a 2', 'b 0', 'b 0']);

      expect(await both.endSessions('db', 'a', { timeoutMs: 5_000 })).toEqual([]);

      expect(await countOf()).toEqual(['a 0', 'a 0', 'b 0', 'b 0']);
      await Promise.all(closed);
      await expect(both.endSessions('db', 'c', { timeoutMs: 5_000 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    } finally {
      await second.stop();
    }
  });

  it.each([
    ['within timeout server-fin', '300ms', []],
    ['and says that they are left without one', 'none', [{ backend: 'db', server: 'hung', sessions: 1 }]],
  ])('ends the sessions of customers who hung up while their server hangs, %s', async (_how, serverFin, left) => {
    // As a process that is stopped: what comes is taken, and nobody closes anything.
    const hung = createServer({ allowHalfOpen: true }, (socket) =>
      socket.on('error', () => undefined).once('end', () => hung.emit('hung up')),
    );
    hung.on('connection', (socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(hung, 'listening');
    const { port } = hung.address() as { port: number };
    const own = await startHaproxy(requireProgram('haproxy'), { hung: port }, { serverFin });
    try {
      const balancer = new HaproxyRuntime({ endpoints: [own.runtime] });
      const customer = connect(own.port, '127.0.0.1');
      // A session whose end the router has not read yet is one like any other.
      const hungUp = once(hung, 'hung up');
      customer.end('a statement');
      await hungUp;
      await balancer.setState('db', 'hung', 'maint');
      expect(await balancer.endSessions('db', 'hung', { timeoutMs: 2_000 })).toMatchObject(left);
      customer.destroy();
    } finally {
      await own.stop();
      hung.close();
    }
  });

  it('says what is left where a server is told all the time that its sessions end, and they do not', async () => {
    const answer = '# pxname,svname,scur,\ndb,a,2,\ndb,b,7,\n';
    const deaf = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (line: Buffer) => socket.end(line.toString().startsWith('show stat -1 4 -1') ? answer : ''));
    }).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const { port } = deaf.address() as { port: number };
    const broken = new HaproxyRuntime({ endpoints: [{ host: '127.0.0.1', port }] });
    expect(await broken.endSessions('db', 'a', { timeoutMs: 100 })).toEqual([
      { endpoint: `127.0.0.1:${port}`, backend: 'db', server: 'a', sessions: 2 },
    ]);
    deaf.close();
  });

  it('refuses a server or a backend that is not there, and says what is', async () => {
    await expect(runtime.activate('db', 'c')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('a, b') as string,
    });
    await expect(runtime.servers('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(runtime.sessions('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('says which instance cannot be reached', async () => {
    const broken = new HaproxyRuntime({ endpoints: [proxy.runtime, { host: '127.0.0.1', port: 1 }] });
    await expect(broken.setState('db', 'b', 'drain')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1') as string,
    });
  });

  it('leaves out an instance that is gone only where asked to, and only while another answers', async () => {
    const gone = { host: '127.0.0.1', port: 1 };
    await runtime.activate('db', 'a');
    const heard = new HaproxyRuntime({ endpoints: [proxy.runtime, gone] }).whereHeard();
    const before = await heard.activate('db', 'b');
    expect(before.map(({ server, state }) => `${server} ${state}`)).toEqual(['a ready', 'b maint']);
    expect((await runtime.servers('db')).map(({ state }) => state)).toEqual(['maint', 'ready']);
    await heard.restore(before);
    expect((await runtime.servers('db')).map(({ state }) => state)).toEqual(['ready', 'maint']);
    await expect(heard.activate('db', 'c')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(heard.only(['127.0.0.1:1']).servers('db')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(heard.instances).toContain('127.0.0.1:1');
  });
});
