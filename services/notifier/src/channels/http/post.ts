import { DrError } from '@novacron/contracts';
import { type HttpAnswer, httpRequest } from '@novacron/drivers';
import type { Outcome } from '../../domain/retry.js';
import { answerOutcome } from './answer-outcome.js';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly nowMs: number;
  /** Whether the receiver recognises a repeated message: then a doubtful end is no more than a failure. */
  readonly repeatable: boolean;
  /** Reads an answer of 2xx; what is not a yes for this provider. */
  readonly accepted?: (answer: HttpAnswer) => Outcome;
}

const connectMs = 4_000;

/** One POST, and what it means. Before the connection stands nothing can have arrived; after it nobody knows without an answer. */
export async function post(request: Post): Promise<Outcome> {
  const { url, headers, body, timeoutMs, nowMs, repeatable, accepted } = request;
  let connected = false;
  try {
    const answer = await httpRequest({
      url,
      method: 'POST',
      headers: { 'user-agent': 'novacron-dr', ...headers },
      body,
      connectTimeoutMs: Math.min(connectMs, timeoutMs),
      timeoutMs,
      maxBodyBytes: 256 * 1024,
      onConnected: () => {
        connected = true;
      },
    });
    const fine = answer.status >= 200 && answer.status < 300;
    if (fine && accepted !== undefined) return accepted(answer);
    const outcome = answerOutcome(answer.status, answer.headers['retry-after'], nowMs);
    // A server that fails after it has taken a message says 5xx too: whoever cannot repeat it must not.
    const doubtful = !repeatable && outcome.kind === 'retry' && answer.status >= 500 && answer.status !== 503;
    return doubtful ? { kind: 'unknown', reason: outcome.reason } : outcome;
  } catch (error) {
    const { code, message: reason } = DrError.from(error);
    if (code === 'INVALID_CONFIG') return { kind: 'refused', code, reason };
    return connected && !repeatable ? { kind: 'unknown', reason } : { kind: 'retry', code, reason };
  }
}

/** The JSON object of an answer; an empty one where it is none. */
export function jsonOf(answer: HttpAnswer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(answer.body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
