import { DrError, type JsonExpectation } from '@novacron/contracts';
import { HttpClient } from '../network/http-get.js';
import type { Finding, Probe } from './probe.js';

export interface HttpExpectation {
  /** Any of 200 to 299 unless given. */
  readonly status?: readonly number[];
  readonly body?: string;
  readonly json?: JsonExpectation;
  /** Certificates to trust beside the system's, PEM. */
  readonly caPem?: string;
}

/** A GET on a fresh connection is answered whole, with the status and the body that are expected; every phase is timed. */
export class HttpProbe implements Probe {
  private readonly client: HttpClient;

  constructor(
    url: string,
    private readonly expected: HttpExpectation = {},
  ) {
    this.client = new HttpClient(url, expected.caPem);
    this.host = new URL(url).host;
  }

  private readonly host: string;

  async probe(signal: AbortSignal): Promise<Finding> {
    const { status, body, timings } = await this.client.get(signal);
    const problem = problemOf(status, body, this.expected);
    if (problem !== undefined) throw new DrError('VERIFY_FAILED', `${this.host} ${problem}`);
    return { timings };
  }
}

/** What is wrong with an answer; undefined when it is as expected. The body itself is never told: it may hold anything. */
export function problemOf(status: number, body: string, expected: HttpExpectation): string | undefined {
  const isExpected = expected.status?.includes(status) ?? (status >= 200 && status < 300);
  if (!isExpected) return `answered with status ${status}`;
  if (expected.body !== undefined && !body.includes(expected.body)) return 'answered without the expected text';
  if (expected.json === undefined) return undefined;
  const { pointer, equals } = expected.json;
  try {
    const found = valueAt(JSON.parse(body), pointer);
    if (found === undefined) return `answered without ${pointer}`;
    return textOf(found) === equals ? undefined : `answered with another ${pointer} than expected`;
  } catch {
    return 'answered with what is not JSON';
  }
}

/** RFC 6901. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
