import type { Bus } from '@novacron/bus';
import { NotificationDelivered, NotificationFailed } from '@novacron/contracts';
import { hasArrived } from '../domain/send-order.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';

/** Tells the house how a notification ended. Saying it again is one event: its id is the notification's. */
export async function announce(bus: Bus, entry: LedgerEntry): Promise<void> {
  const { notificationId, incident, audience, channel, recipient, template, attempts, correlationId } = entry;
  const about = { notificationId, incident, audience, channel, recipient };
  const arrived = hasArrived(entry.state);
  const options = { id: `${notificationId}:${arrived ? 'accepted' : entry.state}`, correlationId };
  if (arrived) {
    const deliveredAt = entry.settledAt ?? entry.plannedAt;
    const latencyMs = Math.max(0, Date.parse(deliveredAt) - Date.parse(entry.causedAt));
    const provider = entry.providerId === undefined ? {} : { providerId: entry.providerId };
    await bus.publish(
      new NotificationDelivered({ ...about, template, attempt: attempts, deliveredAt, latencyMs, ...provider }),
      options,
    );
  } else if (entry.state === 'failed' || entry.state === 'unknown') {
    const reason = entry.problem ?? 'no reason was given';
    await bus.publish(
      new NotificationFailed({ ...about, reason, code: entry.code ?? 'DELIVERY_FAILED', attempts }),
      options,
    );
  }
}
