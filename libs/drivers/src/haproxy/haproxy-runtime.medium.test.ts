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

  it('refuses a server or a backend that is not there, and says what is', async () => {
    await expect(runtime.activate('db', 'c')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('a, b') as string,
    });
    await expect(runtime.servers('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
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
