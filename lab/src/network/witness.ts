import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** A port that only says "this region's network works": what a vantage must reach before it may call anything else down. */
export async function openWitness(port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('here\n');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
