import http from 'node:http';
import https from 'node:https';
import { DrError } from '@novacron/contracts';

export interface HttpRequestOptions {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Until the connection (with TLS) stands; never more than `timeoutMs`. */
  readonly connectTimeoutMs?: number;
  /** Until the last byte of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called when the connection stands: from then on the target may have the request, whatever comes of it. */
  readonly onConnected?: () => void;
  /** A longer answer is an error (default 1 MiB). */
  readonly maxBodyBytes?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly durationMs: number;
}

/**
 * One request on a fresh connection, so that it says something about the target now. Redirects are not followed. Any status
 * is an answer; throws UNREACHABLE (no connection, or it broke), TIMEOUT, or INVALID_CONFIG for a URL that is none.
 */
export function httpRequest(options: HttpRequestOptions): Promise<HttpAnswer> {
  const { timeoutMs, connectTimeoutMs = timeoutMs, maxBodyBytes = 1024 * 1024 } = options;
  if (!URL.canParse(options.url)) {
    return Promise.reject(new DrError('INVALID_CONFIG', 'this is not a URL of http or https'));
  }
  const url = new URL(options.url);
  // The path and query of a webhook may be its secret: messages name the host alone.
  const target = url.host;
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const transport = url.protocol === 'https:' ? https : http;
    const request = transport.request(url, {
      method: options.method ?? 'GET',
      headers: { ...options.headers, ...contentLength(options.body) },
      agent: false,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const fail = (error: DrError) => {
      reject(error);
      request.destroy();
    };
    const timeout = (phase: string, ms: number) =>
      setTimeout(() => fail(new DrError('TIMEOUT', `${target} gave no ${phase} within ${ms} ms`)), ms);
    const connecting = timeout('connection', Math.min(connectTimeoutMs, timeoutMs));
    const whole = timeout('answer', timeoutMs);
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        clearTimeout(connecting);
        options.onConnected?.();
      });
    });
    request.on('error', (error) =>
      reject(new DrError('UNREACHABLE', `${target} cannot be reached: ${reason(error)}`, { cause: error })),
    );
    request.on('close', () => {
      clearTimeout(connecting);
      clearTimeout(whole);
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBodyBytes)
          fail(new DrError('UNREACHABLE', `${target} answered with more than ${maxBodyBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', (error) =>
        reject(new DrError('UNREACHABLE', `${target} broke off its answer`, { cause: error })),
      );
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
          durationMs: performance.now() - startedAt,
        }),
      );
    });
    request.end(options.body);
  });
}

/** Node's connection errors sometimes have an empty message and only a code. */
function reason(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

function contentLength(body: string | Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
}
