import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { DrError } from '@novacron/contracts';
import type { Timings } from '../checks/probe.js';
import { addressOf } from './address-of.js';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly context: SecureContext; readonly serverName: string };
}

export interface Opened {
  readonly socket: Socket;
  readonly timings: Timings;
}

/**
 * A fresh connection, with TLS where the endpoint has it, and where the time went. It is destroyed when the signal aborts,
 * also after it was handed over. @throws DrError UNREACHABLE with the reason, TIMEOUT saying what was waited for.
 */
export async function openSocket(endpoint: Endpoint, signal: AbortSignal): Promise<Opened> {
  const { host, port, tls } = endpoint;
  const timings: Timings = {};
  let address = host;
  if (isIP(host) === 0) {
    const begunMs = performance.now();
    address = await addressOf(host, signal);
    timings.resolveMs = since(begunMs);
  }
  if (signal.aborted) throw new DrError('TIMEOUT', `${host}:${port} gave no connection in time`);
  return new Promise((resolve, reject) => {
    const begunMs = performance.now();
    let connectedMs = 0;
    const socket =
      tls === undefined
        ? connect({ host: address, port })
        : connectTls({ host: address, port, secureContext: tls.context, ...serverNameOf(tls.serverName) });
    const abort = (): void => {
      socket.destroy();
      const what = connectedMs === 0 ? 'gave no connection in time' : 'did not agree on TLS in time';
      reject(new DrError('TIMEOUT', `${host}:${port} ${what}`));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', abort));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.message;
      const what = connectedMs === 0 ? 'refused the connection' : tls === undefined ? 'broke off' : 'failed in TLS';
      reject(new DrError('UNREACHABLE', `${host}:${port} ${what}: ${reason}`, { cause: error }));
    });
    socket.once('connect', () => {
      connectedMs = performance.now();
      timings.connectMs = rounded(connectedMs - begunMs);
      if (tls === undefined) resolve({ socket, timings });
    });
    if (tls === undefined) return;
    socket.once('secureConnect', () => {
      timings.tlsMs = since(connectedMs);
      resolve({ socket: socket as TLSSocket, timings });
    });
  });
}

/** An address is never sent as a server's name (RFC 6066), and the certificate must name it all the same. */
function serverNameOf(name: string): { readonly servername?: string } {
  return isIP(name) === 0 ? { servername: name } : {};
}

function since(ms: number): number {
  return rounded(performance.now() - ms);
}

/** To a hundredth of a millisecond. */
export function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
