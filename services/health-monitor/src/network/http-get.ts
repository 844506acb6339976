import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { DrError } from '@novacron/contracts';
import type { Timings } from '../checks/probe.js';
import { type HttpAnswer, HttpAnswerReader } from './http-answer.js';
import { type Endpoint, openSocket, rounded } from './open-socket.js';

const limits = { headBytes: 64 * 1024, bodyBytes: 1024 * 1024 };
/** Who answers with `Connection: close` closes; a server that does not is left after this long. */
const lingerMs = 1_000;

export interface HttpGet extends HttpAnswer {
  readonly timings: Timings;
}

/**
 * A GET for one URL, again and again, each on a fresh connection, with its phases timed. Written on sockets because Node's own
 * client costs several times the processor for the same look (docs/benchmarks.md), and tells the phases less well.
 */
export class HttpClient {
  private readonly endpoint: Endpoint;
  private readonly request: string;
  /** For messages: the path and query may be a secret. */
  private readonly where: string;

  /** @throws DrError INVALID_ESTATE for a URL that is not of http or https. */
  constructor(url: string, caPem?: string) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol))
      throw new DrError('INVALID_ESTATE', 'a check needs a url of http or https');
    const secure = parsed.protocol === 'https:';
    const host = parsed.hostname.replace(/^\[(.*)\]$/u, '$1');
    this.where = parsed.host;
    this.endpoint = {
      host,
      port: Number(parsed.port) || (secure ? 443 : 80),
      ...(secure ? { tls: { context: trusting(caPem), serverName: host } } : {}),
    };
    const login =
      parsed.username === ''
        ? undefined
        : `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
    this.request = [
      `GET ${parsed.pathname}${parsed.search} HTTP/1.1`,
      `Host: ${parsed.host}`,
      'User-Agent: novacron-dr',
      'Accept: */*',
      ...(login === undefined ? [] : [`Authorization: Basic ${Buffer.from(login).toString('base64')}`]),
      'Connection: close',
      '\r\n',
    ].join('\r\n');
  }

  /** @throws DrError UNREACHABLE or TIMEOUT, saying how far it came. */
  async get(signal: AbortSignal): Promise<HttpGet> {
    const { socket, timings } = await openSocket(this.endpoint, signal);
    return new Promise((resolve, reject) => {
      const reader = new HttpAnswerReader(limits);
      const sentMs = performance.now();
      let done = false;
      const settle = (answer: HttpAnswer): void => {
        done = true;
        socket.setTimeout(lingerMs, () => socket.destroy());
        resolve({ ...answer, timings });
      };
      const fail = (code: 'UNREACHABLE' | 'TIMEOUT', why: string, cause?: unknown): void => {
        if (done) return;
        done = true;
        socket.destroy();
        reject(new DrError(code, `${this.where} ${why}`, { cause }));
      };
      socket.on('data', (chunk: Buffer) => {
        if (done) return;
        timings.firstByteMs ??= rounded(performance.now() - sentMs);
        try {
          const answer = reader.push(chunk);
          if (answer !== undefined) settle(answer);
        } catch (error) {
          fail('UNREACHABLE', `cannot be understood: ${(error as Error).message}`, error);
        }
      });
      socket.on('end', () => {
        if (done) return;
        try {
          settle(reader.end());
        } catch (error) {
          fail('UNREACHABLE', `cannot be understood: ${(error as Error).message}`, error);
        }
      });
      socket.on('error', (error: NodeJS.ErrnoException) =>
        fail('UNREACHABLE', `broke off: ${error.code ?? error.message}`, error),
      );
      socket.on('close', () => {
        if (!signal.aborted) return fail('UNREACHABLE', 'closed the connection');
        fail(
          'TIMEOUT',
          timings.firstByteMs === undefined ? 'gave no first byte in time' : 'did not end its answer in time',
        );
      });
      socket.write(this.request);
    });
  }
}

/** The system's certificates, and those of the estate beside them. */
export function trusting(caPem?: string): SecureContext {
  return createSecureContext(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] });
}
