import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { reset } from './reset.js';

let server: Server;
let accepted: Promise<Socket>;
let socket: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  accepted = once(server, 'connection').then(([other]) => (other as Socket).on('error', () => undefined));
  socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
});

afterEach(async () => {
  (await accepted).destroy();
  server.close();
});

it('resets an open connection', async () => {
  const other = await accepted;
  const error = new Promise((resolve) => other.once('error', resolve));
  other.resume();
  reset(socket);
  expect(await error).toMatchObject({ code: 'ECONNRESET' });
});

it('closes a connection whose end is under way, without an error', async () => {
  const errors: unknown[] = [];
  socket.on('error', (error) => errors.push(error));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.end();
  reset(socket);
  await closed;
  expect(errors).toEqual([]);
});
