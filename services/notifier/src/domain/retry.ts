/** What came of one attempt to send. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly providerId?: string }
  /** Trying again cannot help. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** Nothing was accepted; another attempt may succeed. */
  | { readonly kind: 'retry'; readonly code: string; readonly reason: string; readonly afterMs?: number }
  /** It may have been accepted: nobody can tell, and a second attempt may be a second message. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a provider says of an attempt whose end nobody knows. */
export type Word =
  | Outcome
  /** The attempt may still be on its way, or the provider does not answer the question: it is asked again. */
  | { readonly kind: 'ask-again'; readonly afterMs: number; readonly reason: string };

export interface RetryPolicy {
  /** Pauses after the first, second, … attempt; the last one repeats. */
  readonly pausesMs: readonly number[];
  /** From planning until the message is given up. */
  readonly giveUpMs: number;
}

/** News of a disaster is worth sending for half an hour; after that the status page and a human must do. */
export const standardRetry: RetryPolicy = {
  pausesMs: [1_000, 2_000, 5_000, 15_000, 30_000, 60_000],
  giveUpMs: 30 * 60_000,
};

const longestPauseMs = 5 * 60_000;

/**
 * The pause before the next attempt, jittered by a fifth so that many messages do not return together; a provider's own
 * wish (`Retry-After`) is kept. Undefined when the message is to be given up.
 */
export function nextPauseMs(
  policy: RetryPolicy,
  facts: { readonly attempts: number; readonly plannedAtMs: number; readonly nowMs: number; readonly afterMs?: number },
  random: () => number = Math.random,
): number | undefined {
  const { attempts, plannedAtMs, nowMs, afterMs } = facts;
  const base = policy.pausesMs[Math.min(attempts, policy.pausesMs.length) - 1] ?? 1_000;
  const jittered = Math.round(base * (0.8 + random() * 0.4));
  const pause = Math.min(longestPauseMs, Math.max(jittered, afterMs ?? 0));
  return nowMs + pause - plannedAtMs > policy.giveUpMs ? undefined : pause;
}
