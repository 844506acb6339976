import { DrError } from '@novacron/contracts';

/** What becomes of a delivered message. */
export type Settlement =
  | { readonly verb: 'ack' }
  | { readonly verb: 'retry'; readonly delayMs: number; readonly error: DrError }
  | { readonly verb: 'dead-letter'; readonly error: DrError };

export interface SettlementFacts {
  /** What the handler threw, undefined when it succeeded. */
  readonly error?: unknown;
  /** 1 on the first delivery. */
  readonly deliveries: number;
  readonly maxDeliveries: number;
  /** From 0 to 1, for the jitter. */
  readonly random: number;
}

/** Pauses before the second, third … attempt. */
const pausesMs = [1_000, 5_000, 15_000, 60_000] as const;

/**
 * The one place where an outcome becomes a settlement. An error that no retry can help, and the failure of the last attempt,
 * go to the dead letters; before that a retryable one is tried again after a growing pause, spread by a fifth so that what
 * failed together does not come back together. An error of unknown kind is a fault of ours and is retried.
 */
export function settle(facts: SettlementFacts): Settlement {
  if (facts.error === undefined) return { verb: 'ack' };
  const error = DrError.from(facts.error);
  if (!error.retryable || facts.deliveries >= facts.maxDeliveries) return { verb: 'dead-letter', error };
  const pauseMs = pausesMs[Math.min(facts.deliveries, pausesMs.length) - 1] ?? pausesMs[0];
  return { verb: 'retry', delayMs: Math.round(pauseMs * (0.8 + 0.4 * facts.random)), error };
}
