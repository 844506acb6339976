import { createServer, type RequestListener, type Server } from 'node:http';
import { listenFailure } from './failure.js';

/**
 * A service's HTTP port, open from the first moment to the last. Before its parts stand, what answers is `meanwhile`: a supervisor
 * sees a process that lives and is not ready, and a page that needs nobody else is served.
 */
export class HttpDoor {
  private constructor(
    private readonly server: Server,
    readonly host: string,
    readonly port: number,
  ) {}

  /** `port` 0 takes a free one. @throws DrError PORT_TAKEN. */
  static async open(host: string, port: number, meanwhile: RequestListener): Promise<HttpDoor> {
    const server = createServer(meanwhile);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    }).catch((error: unknown) => {
      throw listenFailure(error, host, port);
    });
    const taken = server.address() as { readonly port: number };
    return new HttpDoor(server, host, taken.port);
  }

  /** Such as `http://127.0.0.1:41234`. */
  get url(): string {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** From now on this one answers; requests that were taken before are finished by the one before. */
  passTo(listener: RequestListener): void {
    this.server.removeAllListeners('request').on('request', listener);
  }

  /** Takes no more, and cuts what is open. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}
