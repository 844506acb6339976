import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { buckets, DrError } from '@novacron/contracts';
import { publishFailure } from '../publishing/publish-failure.js';
import type { Logger } from '../logger.js';
import { Lease, type LeaseContext } from './lease.js';
import { LeaseStore } from './lease-store.js';
import { type LeaseRecord, mayTakeOver, type Observation, observe } from './takeover.js';

export interface LeasesSettings {
  readonly connection: NatsConnection;
  /** Leases of two estates on one NATS are different leases. */
  readonly estate: string;
  readonly logger: Logger;
  /** Monotonic milliseconds; `performance.now` by default. */
  readonly now?: () => number;
}

export interface AcquireOptions {
  /** How long without renewal before others may take over: at most, and by default, the bucket's own limit of 10 s. */
  readonly ttlMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

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
    const now = settings.now ?? (() => performance.now());
    return new Leases(store, settings.estate, { store, logger: settings.logger, now });
  }

  /**
   * Waits for the lease and takes it.
   * @throws the signal's reason when that ends the waiting. An unreachable bus is waited for too.
   */
  async acquire(name: string, holder: string, options: AcquireOptions = {}): Promise<Lease> {
    const pauseMs = Math.min(250, (options.ttlMs ?? buckets.leases.ttlMs) / 8);
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
    const expiresAfterMs = options.ttlMs ?? buckets.leases.ttlMs;
    if (expiresAfterMs < 1_000 || expiresAfterMs > buckets.leases.ttlMs) {
      throw new DrError(
        'INVALID_CONFIG',
        `lease time ${expiresAfterMs} ms is not between 1000 and ${buckets.leases.ttlMs} ms`,
      );
    }
    const key = leaseKey(this.estate, name);
    const record: LeaseRecord = { holder, nonce: randomUUID(), expiresAfterMs };
    try {
      const { now } = this.context;
      const createdMs = now();
      const created = await this.store.create(key, record);
      if (created !== undefined) return this.held(name, key, record, created, createdMs);

      const stored = await this.store.read(key);
      if (stored === undefined) return undefined;
      if (stored.record.nonce === record.nonce) return this.held(name, key, record, stored.revision, createdMs);
      const seen = observe(this.seen.get(key), stored.revision, now());
      this.seen.set(key, seen);
      if (!mayTakeOver(seen, stored.record, now())) return undefined;

      const takenMs = now();
      const taken = await this.store.update(key, record, stored.revision);
      return taken === undefined ? undefined : this.held(name, key, record, taken, takenMs);
    } catch (error) {
      throw publishFailure(error, key);
    }
  }

  /** Who holds a lease, as it is stored; it may have run out. */
  async holder(name: string): Promise<{ holder: string; revision: number } | undefined> {
    const stored = await this.store.read(leaseKey(this.estate, name));
    return stored === undefined ? undefined : { holder: stored.record.holder, revision: stored.revision };
  }

  private held(name: string, key: string, record: LeaseRecord, revision: number, sentMs: number): Lease | undefined {
    this.seen.delete(key);
    const lease = new Lease(name, key, record, revision, sentMs, this.context);
    return lease.isHeld() ? lease : undefined;
  }
}

function leaseKey(estate: string, name: string): string {
  return `${estate}.${name.replace(/[^-/_=.a-zA-Z0-9]/gu, '_')}`;
}
