import { connect } from 'node:net';
import { DrError } from '@novacron/contracts';

export type RuntimeEndpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Sends one command to an instance's runtime API and gives its answer. HAProxy closes the connection after it; what it
 * refuses comes as plain text, so callers read back what they changed.
 * @throws DrError UNREACHABLE or TIMEOUT naming the endpoint.
 */
export function runtimeCommand(endpoint: RuntimeEndpoint, command: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const name = endpointName(endpoint);
    const chunks: Buffer[] = [];
    const socket = connect(endpoint);
    const fail = (error: DrError): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () =>
      fail(new DrError('TIMEOUT', `haproxy runtime api ${name} did not answer within ${timeoutMs} ms`)),
    );
    socket.on('error', (cause) =>
      fail(new DrError('UNREACHABLE', `haproxy runtime api ${name} cannot be reached`, { cause })),
    );
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8').trim()));
    socket.end(`${command}\n`);
  });
}

export function endpointName(endpoint: RuntimeEndpoint): string {
  return 'path' in endpoint ? endpoint.path : `${endpoint.host}:${endpoint.port}`;
}
