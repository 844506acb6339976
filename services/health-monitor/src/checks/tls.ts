import type { TLSSocket } from 'node:tls';
import { type Endpoint, openSocket } from '../network/open-socket.js';
import { trusting } from '../network/http-get.js';
import type { Finding, Probe } from './probe.js';

export interface TlsExpectation {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  /** Certificates to trust beside the system's, PEM. */
  readonly caPem?: string;
  readonly minValidMs: number;
}

const dayMs = 24 * 60 * 60 * 1_000;

/** A server shows a certificate that we trust, that names it, and that is valid now and for long enough. */
export class TlsProbe implements Probe {
  private readonly endpoint: Endpoint;

  constructor(
    private readonly expected: TlsExpectation,
    private readonly nowMs: () => number = Date.now,
  ) {
    const { host, port, serverName, caPem } = expected;
    this.endpoint = { host, port, tls: { context: trusting(caPem), serverName } };
  }

  async probe(signal: AbortSignal): Promise<Finding> {
    const { socket, timings } = await openSocket(this.endpoint, signal);
    const { valid_to: validTo } = (socket as TLSSocket).getPeerCertificate();
    socket.destroy();
    const leftMs = Date.parse(validTo) - this.nowMs();
    if (leftMs >= this.expected.minValidMs) return { timings };
    return { timings, degraded: `the certificate ends in ${(leftMs / dayMs).toFixed(1)} days, on ${validTo}` };
  }
}
