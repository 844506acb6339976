import { Delivery, type DeliveryState } from '@novacron/contracts';

/** One notification's row, from plan to end: the truth about whether it was sent. Holds names, never addresses. */
export interface LedgerEntry {
  readonly notificationId: string;
  readonly incident: string;
  readonly audience: string;
  /** A contact's id, or `all` where the channel is one place for everyone. */
  readonly recipient: string;
  readonly channel: string;
  readonly template: string;
  /** Sent by a command, not by an event. */
  readonly byHand: boolean;
  /** For customers: an uncertain message is not repeated over another channel. */
  readonly customer: boolean;
  readonly drill: boolean;
  readonly priority: 'high' | 'normal';
  /** Sequence of the event that caused it. */
  readonly batch: number;
  readonly rank: number;
  /** Rendered when planned, for its channel: every attempt says the same words. */
  readonly subject: string;
  readonly text: string;
  /** The same without the marks of its channel, for the fallback; absent where it is no different. */
  readonly plain?: { readonly subject: string; readonly text: string };
  readonly state: DeliveryState;
  readonly attempts: number;
  /** The approval it waits for: not queued before. */
  readonly heldFor?: string;
  /** The channels that this message was tried on before this one. */
  readonly tried: readonly string[];
  /** When the event that caused it happened, RFC 3339; so are the others. */
  readonly causedAt: string;
  /** When it was written down; of a text that waited, when it was released. */
  readonly plannedAt: string;
  readonly sendingAt?: string;
  readonly settledAt?: string;
  readonly nextAttemptAt?: string;
  readonly code?: string;
  readonly problem?: string;
  readonly providerId?: string;
  readonly acknowledgedBy?: string;
  readonly correlationId: string;
  readonly causationId: string;
}

/** The row as it stands in the stream; `revision` is the place of the message that holds it, `hash` what the next change must follow. */
export interface StoredEntry {
  readonly entry: LedgerEntry;
  readonly revision: number;
  readonly hash: string;
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
    ...(problem === undefined ? {} : { problem: problem.slice(0, 1000) }),
  });
}
