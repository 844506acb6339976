import type { Outcome } from '../../domain/retry.js';

/** Statuses that say "later": timeout, too early, too many, and every fault of the server. */
const passing = new Set([408, 425, 429]);

/** What an HTTP answer means. A redirect is not followed: a signed message goes where the estate says and nowhere else. */
export function answerOutcome(status: number, retryAfter: string | undefined, nowMs: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'accepted', providerId: `HTTP ${status}` };
  const code = `HTTP_${status}`;
  const reason = `the receiver answered ${status}`;
  if (!passing.has(status) && status < 500) return { kind: 'refused', code, reason };
  const afterMs = retryAfterMs(retryAfter, nowMs);
  return { kind: 'retry', code, reason, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** `Retry-After`: seconds or a date (RFC 9110 §10.2.3). */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/u.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}
