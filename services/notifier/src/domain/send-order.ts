import type { DeliveryState } from '@novacron/contracts';

/** What the order of messages is decided from. */
export interface QueuedMessage {
  readonly notificationId: string;
  readonly incident: string;
  readonly recipient: string;
  readonly channel: string;
  readonly template: string;
  /** Sequence of the event that caused it: later facts have higher ones. */
  readonly batch: number;
  readonly rank: number;
  readonly state: DeliveryState;
  readonly plannedAt: string;
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

const arrivedStates: ReadonlySet<DeliveryState> = new Set(['accepted', 'delivered', 'acknowledged']);

export function isSettled(state: DeliveryState): boolean {
  return settledStates.has(state);
}

/** Whether the provider has it, at least. */
export function hasArrived(state: DeliveryState): boolean {
  return arrivedStates.has(state);
}

/**
 * How long a message must still wait: not at all once nothing of the incident before it (an earlier fact, or an audience that comes
 * first) is under way; otherwise until its bound is over, so that a channel that hangs delays nobody by more than that. 0 means
 * now; `Infinity` never occurs.
 */
export function waitMs(message: QueuedMessage, waitsBefore: boolean, nowMs: number): number {
  const leaveAtMs = Date.parse(message.plannedAt) + orderBoundMs + message.rank * staggerMs;
  return waitsBefore && nowMs < leaveAtMs ? leaveAtMs - nowMs : 0;
}

/** The messages that tell how an incident goes on: of these an older one only confuses. */
const news: ReadonlySet<string> = new Set(['initial', 'progress', 'resolution']);

/** True when the same reader has been told of a later fact on the same channel: the older words would only confuse. */
export function isOvertaken(message: QueuedMessage, ofReader: Iterable<QueuedMessage>): boolean {
  if (!news.has(message.template)) return false;
  for (const other of ofReader) {
    if (news.has(other.template) && other.batch > message.batch && hasArrived(other.state)) return true;
  }
  return false;
}
