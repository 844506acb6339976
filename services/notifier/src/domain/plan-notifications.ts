import type { Audience, Estate } from '@novacron/contracts';
import type { Incident } from './incident.js';
import type { Notice } from './incident-book.js';
import { notificationId } from './notification-id.js';

/** One message to one person over one channel. */
export interface PlannedNotification {
  readonly notificationId: string;
  readonly incident: string;
  readonly audience: Audience;
  /** The contact's id, never an address. */
  readonly recipient: string;
  readonly channel: string;
  readonly template: string;
  readonly priority: 'high' | 'normal';
  /** The place of the audience in its batch: lower ones are told first. */
  readonly rank: number;
}

/**
 * Who is told of a notice, in the stakeholders' order. `served` are the channels that this build can send over: a channel of
 * another kind is left out here and named at boot.
 */
export function planNotifications(notice: Notice, estate: Estate, served: ReadonlySet<string>): PlannedNotification[] {
  const { incident, template, number } = notice;
  const audiences = estate.communication.audiences.filter((audience) => concerns(incident, audience));
  return planFor(audiences, served, { incident: incident.id, template, number: String(number) });
}

/** One message for each audience, contact and channel, in order. */
export function planFor(
  audiences: readonly Audience[],
  served: ReadonlySet<string>,
  message: { readonly incident: string; readonly template: string; readonly number: string },
): PlannedNotification[] {
  const ranks = [...new Set(audiences.map((audience) => audience.order))].toSorted((a, b) => a - b);
  return audiences
    .toSorted((a, b) => a.order - b.order)
    .flatMap((audience) =>
      audience.contacts.flatMap((contact) =>
        audience.channels
          .filter((channel) => served.has(channel))
          .map((channel) => ({
            notificationId: notificationId({ ...message, audience: audience.name, contact, channel }),
            incident: message.incident,
            audience,
            recipient: contact,
            channel,
            template: message.template,
            priority: message.template === 'initial' ? ('high' as const) : ('normal' as const),
            rank: ranks.indexOf(audience.order),
          })),
      ),
    );
}

/** A lost standby is our teams' concern: customers' service is not affected. */
function concerns(incident: Incident, audience: Audience): boolean {
  return incident.kind === 'outage' || audience.customer !== true;
}
