import type { DeliveryState } from '@novacron/contracts';

/** What the order of messages is decided from. */
export interface QueuedMessage {
  readonly notificationId: string;
  readonly incident: string;
  readonly recipient: string;
  readonly channel: string;
  /** Sequence of the event that caused it: later facts have higher ones. */
  readonly batch: number;
  readonly rank: number;
  readonly state: DeliveryState;
  readonly plannedAtMs: number;
}

/** How long a message may wait for those before it, however many audiences there are. */
export const orderBoundMs = 2_000;
/** Between the ranks once nobody waits any longer, so that they still leave in their order. */
const staggerMs = 40;

const settledStates: ReadonlySet<DeliveryState> = new Set([
  'accepted',
  'delivered',
  'acknowledged',
  'failed',
  'unknown',
  'stale',
]);

export function isSettled(state: DeliveryState): boolean {
  return settledStates.has(state);
}

/**
 * How long a message must still wait: not at all once every message of the incident before it (an earlier fact, or an audience
 * that comes first) is accepted or has failed; otherwise until its bound is over, so that a channel that hangs delays nobody
 * by more than that. 0 means now; `Infinity` never occurs.
 */
export function waitMs(message: QueuedMessage, others: Iterable<QueuedMessage>, nowMs: number): number {
  const leaveAtMs = message.plannedAtMs + orderBoundMs + message.rank * staggerMs;
  if (nowMs >= leaveAtMs) return 0;
  for (const other of others) {
    if (other.incident === message.incident && isBefore(other, message) && !isSettled(other.state)) {
      return leaveAtMs - nowMs;
    }
  }
  return 0;
}

/** True when the same person has been told of a later fact on the same channel: the older words would only confuse. */
export function isOvertaken(message: QueuedMessage, others: Iterable<QueuedMessage>): boolean {
  for (const other of others) {
    const sameReader =
      other.incident === message.incident && other.recipient === message.recipient && other.channel === message.channel;
    if (sameReader && other.batch > message.batch && other.state === 'accepted') return true;
  }
  return false;
}

function isBefore(a: QueuedMessage, b: QueuedMessage): boolean {
  return a.batch === b.batch ? a.rank < b.rank : a.batch < b.batch;
}
