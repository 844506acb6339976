import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import {
  type BucketContract,
  durableName,
  eventFilter,
  type EventContract,
  type ServiceName,
  type StreamContract,
  streams,
} from '@novacron/contracts';

/** How long the server waits for an ack before it delivers again; a handler at work says so three times in that time. */
export const ackWaitMs = 10_000;
/** Attempts at one event, the first included; the last failure is dead-lettered. */
export const maxDeliveries = 5;
/** Unacknowledged events of one consumer, over all instances of its service. */
export const maxAckPending = 1_024;

/** The advisories' own consumer, shared by all services: one of them files each. */
export const advisoryDurable = 'dead-letters__max-deliveries';

type Wanted<T> = Partial<T> & Record<string, unknown>;

export function streamConfig(contract: StreamContract): Wanted<StreamConfig> & { name: string } {
  return {
    name: contract.name,
    description: contract.summary,
    subjects: [...contract.subjects],
    retention: contract.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(contract.maxAgeMs ?? 0),
    max_bytes: contract.maxBytes ?? -1,
    duplicate_window: nanos(contract.duplicateWindowMs),
  };
}

/** The stream behind a KV bucket, as every NATS client makes it (ADR-8). */
export function bucketConfig(contract: BucketContract): Wanted<StreamConfig> & { name: string } {
  const ttlMs = contract.ttlMs ?? 0;
  return {
    name: `KV_${contract.name}`,
    description: contract.summary,
    subjects: [`$KV.${contract.name}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: nanos(ttlMs),
    max_bytes: -1,
    max_msgs_per_subject: contract.history,
    allow_rollup_hdrs: true,
    deny_delete: true,
    duplicate_window: nanos(ttlMs > 0 ? Math.min(ttlMs, 120_000) : 120_000),
  };
}

/**
 * A service's durable consumer for an event. It begins with what is published after it was made: every service provisions
 * all consumers before the first event is published, so nothing is missed, and a consumer that a later version adds does not
 * act on incidents of the last ninety days. No `backoff`: the server would take its first entry for `ack_wait`; retries are
 * paced by the delay of a `nak`. An ordered event has one unacknowledged at a time: what follows waits, also through retries.
 */
export function eventConsumerConfig(
  estate: string,
  service: ServiceName,
  contract: EventContract,
): Wanted<ConsumerConfig> {
  return {
    durable_name: durableName(service, contract),
    description: `${contract.name} for ${service}`,
    filter_subject: eventFilter(estate, contract),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.New,
    ack_wait: nanos(ackWaitMs),
    max_deliver: maxDeliveries,
    max_ack_pending: contract.ordered ? 1 : maxAckPending,
  };
}

export function advisoryConsumerConfig(): Wanted<ConsumerConfig> {
  return {
    durable_name: advisoryDurable,
    description: `files what ${streams.advisories.name} reports as dead letters`,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    max_ack_pending: 64,
  };
}
