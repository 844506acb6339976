import { once } from 'node:events';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { Relay } from './relay.js';
import { reset } from './reset.js';

const host = '127.0.0.1';

/** What becomes of a connection now: its place in the network may change while it lives. */
export interface Passage {
  readonly cut: boolean;
  /** Added in each direction. */
  readonly delayMs: number;
}

export interface FrontOptions {
  readonly listenPort: number;
  /** The server behind; it may be down. */
  readonly targetPort: number;
  /** The passage of a client that connects from this local port. */
  readonly passage: (clientPort: number) => Promise<Passage>;
}

interface Connection {
  readonly client: Socket;
  readonly clientPort: number;
  readonly upstream?: Socket;
  readonly relays: readonly Relay[];
  passage: Passage;
}

/**
 * One port of a site as the others see it: a TCP proxy in front of the real server, so that the site can be cut off or
 * slowed without touching the server. A server that is down resets its clients at once.
 */
export class Front {
  private readonly server: Server;
  private readonly connections = new Set<Connection>();

  constructor(private readonly options: FrontOptions) {
    this.server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      void this.accept(client);
    });
  }

  async open(): Promise<void> {
    this.server.listen(this.options.listenPort, host);
    await once(this.server, 'listening');
  }

  close(): void {
    this.server.close();
    for (const connection of this.connections) this.drop(connection);
  }

  /** Gives every connection its new passage: a cut one falls silent, one that was cut and no longer is gets reset. */
  refresh(passage: (clientPort: number) => Passage): void {
    for (const connection of this.connections) {
      const wasCut = connection.passage.cut;
      connection.passage = passage(connection.clientPort);
      if (connection.passage.cut) for (const relay of connection.relays) relay.stop();
      else if (wasCut) this.drop(connection);
    }
  }

  private async accept(client: Socket): Promise<void> {
    client.on('error', () => undefined);
    const clientPort = client.remotePort ?? 0;
    const passage = await this.options.passage(clientPort);
    if (client.destroyed) return;
    if (passage.cut) {
      this.connections.add({ client, clientPort, relays: [], passage });
      return;
    }
    const upstream = connect({ host, port: this.options.targetPort, noDelay: true, allowHalfOpen: true });
    const delayMs = (): number => connection.passage.delayMs;
    const relays = [new Relay(client, upstream, delayMs), new Relay(upstream, client, delayMs)];
    const connection: Connection = { client, clientPort, upstream, relays, passage };
    this.connections.add(connection);
    upstream.on('error', () => undefined);
    upstream.once('connect', () => client.resume());
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.once('close', (broken) => {
        // Without an error both sides have ended, and what still waits in a slow network arrives yet.
        if (!connection.passage.cut && (broken || other.destroyed)) this.drop(connection);
      });
    }
  }

  /** As a host does that has lost the connection: a reset. */
  private drop(connection: Connection): void {
    this.connections.delete(connection);
    for (const relay of connection.relays) relay.stop();
    for (const socket of [connection.client, connection.upstream]) {
      if (socket !== undefined && !socket.destroyed) reset(socket);
    }
  }
}
