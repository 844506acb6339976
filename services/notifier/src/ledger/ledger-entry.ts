import { Delivery, type DeliveryState } from '@novacron/contracts';

/** One notification's row, from plan to end: the truth about whether it was sent. Holds names, never addresses. */
export interface LedgerEntry {
  readonly notificationId: string;
  readonly incident: string;
  readonly audience: string;
  readonly recipient: string;
  readonly channel: string;
  readonly template: string;
  /** Sent by a command, not by an event. */
  readonly byHand: boolean;
  readonly priority: 'high' | 'normal';
  /** Sequence of the event that caused it. */
  readonly batch: number;
  readonly rank: number;
  /** Rendered when planned: every attempt says the same words. */
  readonly subject: string;
  readonly text: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** When the event that caused it happened, RFC 3339; so are the others. */
  readonly causedAt: string;
  readonly plannedAt: string;
  readonly sendingAt?: string;
  readonly settledAt?: string;
  readonly code?: string;
  readonly problem?: string;
  readonly providerId?: string;
  readonly correlationId: string;
  readonly causationId: string;
}

/** The row as it stands in the bucket; `revision` is what the next change must name. */
export interface StoredEntry {
  readonly entry: LedgerEntry;
  readonly revision: number;
}

/** The row as the `deliveries` query shows it. */
export function toDelivery(entry: LedgerEntry): Delivery {
  const { notificationId, incident, audience, recipient, channel, template, state, attempts, plannedAt } = entry;
  const { settledAt, problem } = entry;
  return Object.assign(new Delivery(), {
    notificationId,
    incident,
    audience,
    recipient,
    channel,
    template,
    state,
    attempts,
    plannedAt,
    ...(settledAt === undefined ? {} : { settledAt }),
    ...(problem === undefined ? {} : { problem }),
  });
}
