import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { labPorts } from '../layout/ports.js';
import { randomPortBase } from '../testing/lab-process.js';
import { LabNetwork } from './lab-network.js';

const ports = labPorts(randomPortBase());
const { front, behind } = ports.sites.primary.redis;

let network: LabNetwork;
let server: Server;
let accepted: Socket[];
let client: Socket | undefined;

beforeEach(async () => {
  accepted = [];
  // This process stands for a program of dr: what it connects to must suffer with dr.
  network = new LabNetwork(ports, (site) => (site === 'dr' ? [process.pid] : []));
  await network.open();
  server = createServer((socket) => {
    accepted.push(socket.on('error', () => undefined));
    socket.pipe(socket);
  }).listen(behind, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  client?.destroy();
  network.close();
  server.close();
  for (const socket of accepted) socket.destroy();
});

async function open(): Promise<Socket> {
  client = connect(front, '127.0.0.1');
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}

/** What came back within the time, undefined for silence. */
async function echo(socket: Socket, text: string, waitMs = 500): Promise<string | undefined> {
  socket.write(text);
  const timeout = AbortSignal.timeout(waitMs);
  return once(socket, 'data', { signal: timeout }).then(
    ([data]) => String(data),
    () => undefined,
  );
}

it('carries both directions, and the end', async () => {
  const socket = await open();
  expect(await echo(socket, 'hello')).toBe('hello');
  socket.end();
  await once(socket, 'close');
});

it('carries a megabyte unharmed through a slow network', async () => {
  await network.slow('primary', 20);
  const socket = await open();
  const sent = Buffer.alloc(4_000_000, 'abcdefghij');
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.end(sent);
  await once(socket, 'end');
  expect(Buffer.concat(pieces).equals(sent)).toBe(true);
});

it('delays each direction', async () => {
  const socket = await open();
  await echo(socket, 'warm');
  await network.slow('primary', 100);
  const startedAt = performance.now();
  expect(await echo(socket, 'hello', 2_000)).toBe('hello');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199);
});

it('falls silent when cut off, for old and new connections, and resets both when healed', async () => {
  const old = await open();
  await echo(old, 'warm');
  await network.partition('primary');
  const young = await open();
  let told = false;
  for (const socket of [old, young]) socket.once('close', () => (told = true));
  expect(await echo(old, 'hello')).toBeUndefined();
  expect(await echo(young, 'hello')).toBeUndefined();
  for (const socket of accepted) socket.destroy();
  expect(await echo(old, 'anyone?', 200)).toBeUndefined();
  expect(told).toBe(false);

  const closed = Promise.all([old, young].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  await network.heal('primary');
  await closed;
  expect(await echo(await open(), 'again')).toBe('again');
});

it('cuts what a cut-off site connects to elsewhere', async () => {
  const socket = await open();
  await echo(socket, 'warm');
  await network.partition('dr');
  expect(await echo(socket, 'hello')).toBeUndefined();
  expect(await echo(await open(), 'hello')).toBeUndefined();
  await network.heal('dr');
  expect(await echo(await open(), 'again')).toBe('again');
});

it('resets a client at once when the server behind is down', async () => {
  server.close();
  const startedAt = performance.now();
  const socket = connect(front, '127.0.0.1');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  expect(performance.now() - startedAt).toBeLessThan(200);
});
