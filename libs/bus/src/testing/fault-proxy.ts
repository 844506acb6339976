import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * `pass` forwards; `slow` does so after a while, once a connection; `refuse` does not listen; `hang` takes connections and what comes
 * over them, and answers nothing; `cut` breaks off the answer; `garbled` changes it; `silent` keeps connections open and lets nothing
 * through, either way.
 */
export type Fault = 'pass' | 'slow' | 'refuse' | 'hang' | 'cut' | 'garbled' | 'silent';

/** One client's own way to one server, so that a fault can be seen by that client alone. */
export class FaultProxy {
  private fault: Fault = 'pass';
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
    private readonly slowMs: number,
    readonly port: number,
  ) {
    server.on('connection', (socket) => this.onConnection(socket));
  }

  /** `slowMs` is what `slow` waits (default one second). */
  static async to(targetPort: number, slowMs = 1_000): Promise<FaultProxy> {
    const server = createServer();
    await listen(server, 0);
    return new FaultProxy(server, targetPort, slowMs, (server.address() as AddressInfo).port);
  }

  /** For connections from now on, and for what comes over those that stand. */
  async set(fault: Fault): Promise<void> {
    this.fault = fault;
    if (fault === 'refuse') this.server.close();
    else if (!this.server.listening) await listen(this.server, this.port);
  }

  /** Ends the connections that are open; those to come meet the fault. */
  breakOff(): void {
    for (const socket of this.open) socket.destroy();
  }

  async stop(): Promise<void> {
    this.breakOff();
    if (this.server.listening) await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private onConnection(socket: Socket): void {
    this.keep(socket);
    if (this.fault === 'hang' || this.fault === 'silent') return;
    if (this.fault === 'slow') setTimeout(() => this.forward(socket), this.slowMs);
    else this.forward(socket);
  }

  private forward(socket: Socket): void {
    if (socket.destroyed) return;
    const upstream = connect(this.targetPort, '127.0.0.1');
    this.keep(upstream);
    upstream.on('error', () => socket.resetAndDestroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.on('data', (chunk) => {
      if (this.fault !== 'silent') upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (this.fault === 'cut') socket.resetAndDestroy();
      else if (this.fault === 'garbled') socket.write(chunk.map((byte) => byte ^ 0x15));
      else if (this.fault !== 'hang' && this.fault !== 'silent') socket.write(chunk);
    });
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
