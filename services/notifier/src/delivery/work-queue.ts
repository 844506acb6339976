import { AckPolicy, type Consumer, JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import { headers as newHeaders, nanos } from '@nats-io/nats-core';
import { type Bus, publishUntilStored } from '@novacron/bus';
import { notificationFilter, notificationSubject, streams, token } from '@novacron/contracts';
import type { LedgerEntry } from '../ledger/ledger-entry.js';

/** Until the server gives a held item to another worker; whoever holds one says so three times in that time. */
export const ackWaitMs = 3_000;
/** Items that may wait for a later attempt at once, or for their time. */
const maxAckPending = 200_000;

/**
 * Puts a planned notification on its channel's queue; again is once, by its id and `attempt`, within the stream's memory.
 * @throws DrError BUS_UNAVAILABLE.
 */
export async function enqueue(bus: Bus, entry: LedgerEntry, attempt = 'first'): Promise<void> {
  const headers = newHeaders();
  headers.set('Nats-Msg-Id', attempt === 'first' ? entry.notificationId : `${entry.notificationId}:${attempt}`);
  await publishUntilStored(
    bus.jetstream,
    {
      subject: notificationSubject(bus.estate, entry.channel, entry.priority),
      body: JSON.stringify({ notificationId: entry.notificationId }),
      headers,
    },
    10_000,
  );
}

/**
 * The durable consumer of one channel's queue, or of the timers. Deliveries are not limited: how often a message is tried is
 * decided by its row in the ledger, and a pause between two attempts is a delivery like any other.
 */
export async function queueOf(bus: Bus, channel: string): Promise<Consumer> {
  const manager = await jetstreamManager(bus.connection, { checkAPI: false, timeout: 5_000 });
  const name = `notifier__channel-${token(channel)}`;
  const config = {
    durable_name: name,
    description: `notifications over ${channel}`,
    filter_subject: notificationFilter(bus.estate, channel),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    max_ack_pending: maxAckPending,
  };
  try {
    await manager.consumers.info(streams.notifications.name, name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.ConsumerNotFound) throw error;
    await manager.consumers.add(streams.notifications.name, config);
  }
  return bus.jetstream.consumers.get(streams.notifications.name, name);
}
