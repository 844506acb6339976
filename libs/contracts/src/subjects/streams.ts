/** One stream of the bus. Times in milliseconds, sizes in bytes; no limit where a field is absent. */
export interface StreamContract {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: 'limits' | 'workqueue';
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly duplicateWindowMs: number;
  readonly summary: string;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** The streams of the bus (DESIGN §3). A journal is never aged out: an operation may wait for a human for weeks. */
export const streams = {
  events: {
    name: 'DR_EVENTS',
    subjects: ['dr.*.event.>'],
    retention: 'limits',
    maxAgeMs: 90 * day,
    duplicateWindowMs: 10 * minute,
    summary: 'every event, ninety days',
  },
  observations: {
    name: 'DR_OBSERVATIONS',
    subjects: ['dr.*.observation.>'],
    retention: 'limits',
    maxAgeMs: 60 * minute,
    maxBytes: 256 * 1024 * 1024,
    duplicateWindowMs: 2 * minute,
    summary: 'health samples, one hour',
  },
  operations: {
    name: 'DR_OPERATIONS',
    subjects: ['dr.*.operation.*'],
    retention: 'limits',
    duplicateWindowMs: 2 * minute,
    summary: 'the journals of all operations, for ever',
  },
  notifications: {
    name: 'DR_NOTIFICATIONS',
    subjects: ['dr.*.notification.>'],
    retention: 'workqueue',
    duplicateWindowMs: 60 * minute,
    summary: 'notifications still to be sent, and timers',
  },
  ledger: {
    name: 'DR_LEDGER',
    subjects: ['dr.*.ledger.>'],
    retention: 'limits',
    maxAgeMs: 400 * day,
    duplicateWindowMs: 2 * minute,
    summary: 'the ledger of notifications: every state of each, hash-chained and sealed; 400 days',
  },
  deadLetters: {
    name: 'DR_DEAD_LETTERS',
    subjects: ['dr.*.dead-letter.>'],
    retention: 'limits',
    maxAgeMs: 90 * day,
    duplicateWindowMs: 10 * minute,
    summary: 'messages that could not be handled, with the reason',
  },
  advisories: {
    name: 'DR_ADVISORIES',
    subjects: [
      '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.DR_EVENTS.>',
      '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.DR_NOTIFICATIONS.>',
    ],
    retention: 'limits',
    maxAgeMs: 7 * day,
    duplicateWindowMs: 2 * minute,
    summary: 'what the server says of messages whose deliveries are used up',
  },
} as const satisfies Record<string, StreamContract>;

/** A KV bucket; `ttlMs` is the bucket's, the only kind that servers before 2.11 know. */
export interface BucketContract {
  readonly name: string;
  readonly ttlMs?: number;
  readonly history: number;
  readonly summary: string;
}

/** The longest time without renewal that a lease may have, and what it has unless it says otherwise. */
export const maxLeaseMs = 10_000;

export const buckets = {
  leases: {
    name: 'DR_LEASES',
    // Far longer than any lease: the servers' clocks, which age entries, may differ by the rest without taking a lease away.
    ttlMs: 60_000,
    history: 1,
    summary: 'who works on what; the revision is the fencing token',
  },
  epochs: { name: 'DR_EPOCHS', history: 64, summary: 'which site may be writable' },
  state: {
    name: 'DR_STATE',
    history: 8,
    summary: 'small durable facts of a service: episodes, markers, maintenance windows',
  },
  statusPage: {
    name: 'DR_STATUS_PAGE',
    history: 4,
    summary: 'what the status page remembers beyond the events: incidents as told, maintenance, days, subscribers',
  },
} as const satisfies Record<string, BucketContract>;
