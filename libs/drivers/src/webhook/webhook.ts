import { DrError } from '@novacron/contracts';
import { httpRequest } from '../http/http-request.js';

/** An agent's HTTP endpoint that acts on what is at a site. */
export interface WebhookTarget {
  readonly url: string;
  /** Read at each call: a token that was changed counts from then on. */
  readonly token?: (() => Promise<string>) | undefined;
  /** How long one answer is waited for (default 15 s). */
  readonly timeoutMs?: number;
}

export interface WebhookCall {
  readonly signal?: AbortSignal | undefined;
  /** Less than the target's own, where less can be waited. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 15_000;
const soon = new Set([408, 425, 429]);

/**
 * Posts an order as JSON and gives what was answered, once the order has taken effect: 200 says so, 202 that it has not yet.
 * Redirects are not followed: the token goes where the estate file says and nowhere else. Throws UNREACHABLE, TIMEOUT, or
 * COMMAND_FAILED with what the agent said (retryable for 202, 408, 425, 429 and 5xx).
 */
export async function callWebhook(
  target: WebhookTarget,
  order: Readonly<Record<string, unknown>>,
  { signal, timeoutMs = Infinity }: WebhookCall = {},
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await httpRequest({
    url: target.url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(target.token === undefined ? {} : { authorization: `Bearer ${await target.token()}` }),
    },
    body: JSON.stringify(order),
    timeoutMs: Math.min(timeoutMs, target.timeoutMs ?? defaultTimeoutMs),
    ...(signal === undefined ? {} : { signal }),
  });
  const host = new URL(target.url).host;
  if (answer.status === 200 || answer.status === 204) return answerOf(answer.body, host);
  const what = answer.status === 202 ? 'has not done yet' : `refused (${answer.status})`;
  throw new DrError('COMMAND_FAILED', `the agent at ${host} ${what} what it was asked`, {
    retryable: answer.status === 202 || answer.status >= 500 || soon.has(answer.status),
    details: answer.body === '' ? [] : [{ path: host, problem: answer.body.slice(0, 1_000) }],
  });
}

function answerOf(body: string, host: string): Readonly<Record<string, unknown>> {
  if (body.trim() === '') return {};
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer))
      return answer as Record<string, unknown>;
  } catch {
    // Said below, with what is expected instead.
  }
  throw new DrError('COMMAND_FAILED', `the agent at ${host} answered with something that is no JSON object`, {
    retryable: false,
    details: [{ path: host, problem: body.slice(0, 200) }],
  });
}
