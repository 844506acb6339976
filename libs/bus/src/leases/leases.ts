import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { DrError, maxLeaseMs } from '@novacron/contracts';
import { publishFailure } from '../publishing/publish-failure.js';
import type { Logger } from '../logger.js';
import { type Instant, Lease, type LeaseContext } from './lease.js';
import { LeaseStore } from './lease-store.js';
import { type LeaseRecord, mayTakeOver, type Observation, observe } from './takeover.js';

export interface LeasesSettings {
  readonly connection: NatsConnection;
  /** Leases of two estates on one NATS are different leases. */
  readonly estate: string;
  readonly logger: Logger;
  /** Monotonic milliseconds; `performance.now` by default. */
  readonly now?: () => number;
  /** Milliseconds of the epoch; `Date.now` by default. */
  readonly wallNow?: () => number;
}

export interface AcquireOptions {
  /** How long without renewal before others may take over: at most, and by default, 10 s. */
  readonly ttlMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** How many leases of others are remembered before those are forgotten that nobody has looked at for a minute. */
const seenAtMost = 256;
/** Longer than any lease: whoever had looked since would have taken it over or seen it renewed. */
const staleAfterMs = 60_000;

/**
 * Who works on what. A lease outlives its holder's crash by its `ttlMs` and a margin; what it guards must check its fencing
 * token, because no clock stops a process that was paused between looking and acting (DESIGN §4).
 */
export class Leases {
  private readonly seen = new Map<string, Observation>();

  private constructor(
    private readonly store: LeaseStore,
    private readonly estate: string,
    private readonly context: LeaseContext,
  ) {}

  /** The bucket must have been provisioned. */
  static async open(settings: LeasesSettings): Promise<Leases> {
    const store = await LeaseStore.open(settings.connection, 2_000);
    const { logger, now = () => performance.now(), wallNow = () => Date.now() } = settings;
    return new Leases(store, settings.estate, { store, logger, now, wallNow });
  }

  /**
   * Waits for the lease and takes it.
   * @throws the signal's reason when that ends the waiting. An unreachable bus is waited for too.
   */
  async acquire(name: string, holder: string, options: AcquireOptions = {}): Promise<Lease> {
    const pauseMs = Math.min(250, (options.ttlMs ?? maxLeaseMs) / 8);
    for (;;) {
      options.signal?.throwIfAborted();
      try {
        const lease = await this.tryAcquire(name, holder, options);
        if (lease !== undefined) return lease;
      } catch (error) {
        if (!DrError.from(error).retryable) throw error;
        this.context.logger.warn('lease cannot be looked at yet', { lease: name, reason: DrError.from(error).message });
      }
      const signal = options.signal;
      await sleep(pauseMs * (0.75 + Math.random() / 2), undefined, signal === undefined ? {} : { signal }).catch(
        () => {},
      );
    }
  }

  /**
   * The lease if it is free now, or has visibly run out since the first of our tries; else undefined.
   * @throws DrError BUS_UNAVAILABLE, INVALID_CONFIG for a `ttlMs` that the bucket cannot keep.
   */
  async tryAcquire(name: string, holder: string, options: AcquireOptions = {}): Promise<Lease | undefined> {
    const expiresAfterMs = options.ttlMs ?? maxLeaseMs;
    if (expiresAfterMs < 1_000 || expiresAfterMs > maxLeaseMs) {
      throw new DrError('INVALID_CONFIG', `lease time ${expiresAfterMs} ms is not between 1000 and ${maxLeaseMs} ms`);
    }
    const key = leaseKey(this.estate, name);
    const record: LeaseRecord = { holder, nonce: randomUUID(), expiresAfterMs };
    try {
      const { now } = this.context;
      const created = this.instant();
      const made = await this.store.create(key, record);
      if (made !== undefined) return this.held(name, key, record, made, created);

      const stored = await this.store.read(key);
      if (stored === undefined) return undefined;
      if (stored.record.nonce === record.nonce) return this.held(name, key, record, stored.revision, created);
      const seen = observe(this.seen.get(key), stored.revision, now());
      this.remember(key, seen);
      if (!mayTakeOver(seen, stored.record, now())) return undefined;

      const sent = this.instant();
      const taken = await this.store.update(key, record, stored.revision);
      return taken === undefined ? undefined : this.held(name, key, record, taken, sent);
    } catch (error) {
      throw publishFailure(error, key);
    }
  }

  /** Who holds a lease, as it is stored; it may have run out. */
  async holder(name: string): Promise<{ holder: string; revision: number } | undefined> {
    const stored = await this.store.read(leaseKey(this.estate, name));
    return stored === undefined ? undefined : { holder: stored.record.holder, revision: stored.revision };
  }

  private instant(): Instant {
    return { monotonicMs: this.context.now(), wallMs: this.context.wallNow() };
  }

  /** Leases that others have let go of are looked at no more, and must not be remembered for ever. */
  private remember(key: string, seen: Observation): void {
    this.seen.set(key, seen);
    if (this.seen.size <= seenAtMost) return;
    const staleMs = this.context.now() - staleAfterMs;
    for (const [each, { firstSeenMs }] of this.seen) if (firstSeenMs < staleMs) this.seen.delete(each);
  }

  private held(name: string, key: string, record: LeaseRecord, revision: number, sent: Instant): Lease | undefined {
    this.seen.delete(key);
    const lease = new Lease(name, key, record, revision, sent, this.context);
    return lease.isHeld() ? lease : undefined;
  }
}

function leaseKey(estate: string, name: string): string {
  return `${estate}.${name.replace(/[^-/_=.a-zA-Z0-9]/gu, '_')}`;
}
