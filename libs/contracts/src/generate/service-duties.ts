import type { MessageClass } from '../messages/message.js';
import type { ServiceName } from '../messages/service-name.js';
import { QueryFailoverStatus, StartFailover } from '../messages/requests/failover.js';
import { QueryHealthStatus } from '../messages/requests/health.js';
import { QueryRestorationReport, Restore } from '../messages/requests/restoration.js';
import { buckets, streams } from '../subjects/streams.js';

/** What a service does on the bus beside saying its events, handling those it consumes and answering its requests. */
export interface ServiceDuty {
  /** The requests it sends to other services. */
  readonly asks: readonly MessageClass[];
  /** It keeps journals of operations, and works on them. */
  readonly runsOperations: boolean;
  /** Keys of buckets that it writes, as `$KV` subjects; every service writes leases. */
  readonly writes: readonly string[];
  /** Other subjects it publishes to. */
  readonly publishes: readonly string[];
  /** Other subjects it listens to. */
  readonly hears: readonly string[];
  /** Streams that it reads with consumers of its own making, beside its durable ones. */
  readonly reads: readonly string[];
}

const observations = 'dr.*.observation.>';

export const serviceDuties: Readonly<Record<ServiceName, ServiceDuty>> = {
  'health-monitor': {
    asks: [],
    runsOperations: false,
    writes: [`$KV.${buckets.state.name}.*.health-monitor.>`],
    publishes: [observations],
    hears: [observations],
    reads: [`KV_${buckets.state.name}`],
  },
  failover: {
    asks: [QueryHealthStatus],
    runsOperations: true,
    // Which site may be writable is for this service alone to say.
    writes: [`$KV.${buckets.epochs.name}.>`, `$KV.${buckets.state.name}.*.failover.>`],
    publishes: [],
    hears: [],
    reads: [],
  },
  backup: {
    asks: [Restore, QueryRestorationReport],
    runsOperations: true,
    writes: [],
    publishes: [],
    hears: [],
    reads: [],
  },
  restoration: {
    asks: [StartFailover, QueryFailoverStatus, QueryHealthStatus],
    runsOperations: true,
    writes: [],
    publishes: [],
    hears: [],
    reads: [],
  },
  notifier: {
    asks: [QueryHealthStatus],
    runsOperations: false,
    // The matrix of an incident as it was when it began.
    writes: [`$KV.${buckets.state.name}.*.notifier.>`, `$KV.${buckets.statusPage.name}.>`],
    publishes: ['dr.*.notification.>', 'dr.*.ledger.>'],
    hears: [],
    // The state of its incidents is what the history says, and its queues are made when their channels are known.
    reads: [
      streams.events.name,
      streams.notifications.name,
      streams.ledger.name,
      `KV_${buckets.state.name}`,
      `KV_${buckets.statusPage.name}`,
    ],
  },
};
