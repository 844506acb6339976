import { connect } from 'node:net';
import { DrError } from '@novacron/contracts';
import type { Probe } from './probe.js';

/** A TCP connection is accepted. */
export class TcpProbe implements Probe {
  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  probe(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const where = `${this.host}:${this.port}`;
      const socket = connect({ host: this.host, port: this.port, signal });
      socket.once('connect', () => {
        resolve();
        socket.destroy();
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        const how = signal.aborted
          ? 'gave no connection in time'
          : `refused the connection: ${error.code ?? error.message}`;
        reject(new DrError(signal.aborted ? 'TIMEOUT' : 'UNREACHABLE', `${where} ${how}`, { cause: error }));
      });
    });
  }
}
