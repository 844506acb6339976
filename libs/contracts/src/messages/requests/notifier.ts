import { Count, Data, Flag, ListOf, Name, Names, NonEmptyText, OneOf, Optional, Text, Time } from '../fields.js';
import { type Fields, Message } from '../message.js';
import { ApproveOperation } from './common.js';

export class AcknowledgeNotification extends Message {
  @Name() incident!: string;
  @NonEmptyText(200) by!: string;
  @Optional() @Name() audience?: string;
}

/** Keeps an audience or a channel quiet, with an end. */
export class SilenceNotifications extends Message {
  @Optional() @Name() audience?: string;
  @Optional() @Name() channel?: string;
  /** How long, such as `2h`. */
  @NonEmptyText(20) expiry!: string;
  @NonEmptyText(1000) reason!: string;
  @NonEmptyText(200) owner!: string;
}

/** Sends a message by hand to an audience, from one of the estate's templates. */
export class SendNotification extends Message {
  @Name() incident!: string;
  @Name() audience!: string;
  @Name() template!: string;
  @Optional() @Data() values?: Record<string, unknown>;
}

export const publicStatuses = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type PublicStatus = (typeof publicStatuses)[number];

/**
 * Says something on the status page by hand: about an incident that is there, or a new one. What was said stays; a correction
 * is a post of its own.
 */
export class PostStatus extends Message {
  @Name() incident!: string;
  /** Of a new incident; the one that is there keeps its own. */
  @Optional() @NonEmptyText(200) title?: string;
  @OneOf(publicStatuses) status!: PublicStatus;
  @NonEmptyText(10_000) text!: string;
  /** The status page's components that it concerns. */
  @Optional() @Names() components?: string[];
  @NonEmptyText(200) by!: string;
}

/** Work that customers are told of beforehand, on the status page and in its calendar. The same id again changes it. */
export class AnnounceMaintenance extends Message {
  @Name() id!: string;
  @NonEmptyText(200) title!: string;
  @NonEmptyText(10_000) text!: string;
  @Names() components!: string[];
  @Time() from!: string;
  @Time() until!: string;
  @Optional() @Flag() cancelled?: boolean;
  @NonEmptyText(200) by!: string;
}

export class ApproveNotification extends ApproveOperation {}

export const deliveryStates = [
  'planned',
  'sending',
  'accepted',
  'delivered',
  'acknowledged',
  'failed',
  'unknown',
  'stale',
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export class QueryDeliveries extends Message {
  @Optional() @Name() incident?: string;
  @Optional() @OneOf(deliveryStates) state?: DeliveryState;
  /** The newest so many (default and most 2,000: what one reply can hold); all of them by `npm run ledger`. */
  @Optional() @Count() limit?: number;
}

export class QueryStatusPage extends Message {}

export class Delivery extends Message {
  @Name() notificationId!: string;
  @Name() incident!: string;
  @Name() audience!: string;
  @Name() recipient!: string;
  @Name() channel!: string;
  @Name() template!: string;
  @OneOf(deliveryStates) state!: DeliveryState;
  @Count() attempts!: number;
  @Time() plannedAt!: string;
  @Optional() @Time() settledAt?: string;
  @Optional() @Text(1000) problem?: string;
}

export class DeliveryList extends Message {
  @ListOf(() => Delivery, 100_000) deliveries!: Delivery[];
  /** How many there are, where these are not all. */
  @Optional() @Count() total?: number;

  constructor(fields: Fields<DeliveryList>) {
    super(fields);
  }
}
