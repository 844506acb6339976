import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `pass` forwards; `slow` does so after a while, once a connection; `refuse` does not listen; `half-open` takes connections and
 * answers nothing; `garbled` changes what is answered.
 */
export type WayFault = 'pass' | 'slow' | 'refuse' | 'half-open' | 'garbled';

/** A way to a server through which faults of the network come. */
export class Way {
  private fault: WayFault = 'pass';
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
    private readonly slowMs: number,
    readonly port: number,
  ) {
    server.on('connection', (socket) => void this.carry(socket));
  }

  static async to(targetPort: number, slowMs: number): Promise<Way> {
    const server = createServer();
    await listen(server, 0);
    return new Way(server, targetPort, slowMs, (server.address() as AddressInfo).port);
  }

  /** For connections from now on; those that stand are broken off. */
  async set(fault: WayFault): Promise<void> {
    this.fault = fault;
    for (const socket of this.open) socket.resetAndDestroy();
    if (fault === 'refuse') await new Promise((resolve) => this.server.close(resolve));
    else if (!this.server.listening) await listen(this.server, this.port);
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private async carry(socket: Socket): Promise<void> {
    const { fault } = this;
    this.keep(socket);
    if (fault === 'half-open') return void socket.resume();
    socket.pause();
    if (fault === 'slow') await sleep(this.slowMs);
    if (socket.destroyed) return;
    const upstream = connect(this.targetPort, '127.0.0.1');
    this.keep(upstream);
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream);
    if (fault !== 'garbled') return void upstream.pipe(socket);
    upstream.on('data', (chunk: Buffer) => socket.write(chunk.map((byte) => byte ^ 0x15)));
  }

  private keep(socket: Socket): void {
    this.open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.open.delete(socket));
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
