import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

/** As long as the longest start of a server that has to catch up first. */
const timeoutMs = 90_000;

export interface ControlAnswer {
  /** An HTTP status. */
  readonly status: number;
  readonly body: unknown;
}

/** Where the lab of a folder takes orders, undefined before it does. */
export interface ControlAddress {
  readonly url: string;
  readonly token: string;
}

export function controlAddress(folder: string): ControlAddress | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'secrets/control'), 'utf8')) as ControlAddress;
  } catch {
    return undefined;
  }
}

/**
 * One order. With Node's own parts alone: `labctl` is started in the middle of a failover, and loads in 50 ms. Throws when
 * nobody answers.
 */
export function controlRequest(
  { url, token }: ControlAddress,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request(`${url}/${path}`, { method, headers, signal }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown,
        });
      });
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
