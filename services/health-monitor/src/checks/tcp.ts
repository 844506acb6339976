import { type Endpoint, openSocket } from '../network/open-socket.js';
import type { Finding, Probe } from './probe.js';

/** A TCP connection is accepted. */
export class TcpProbe implements Probe {
  constructor(private readonly endpoint: Pick<Endpoint, 'host' | 'port'>) {}

  async probe(signal: AbortSignal): Promise<Finding> {
    const { socket, timings } = await openSocket(this.endpoint, signal);
    socket.destroy();
    return { timings };
  }
}
