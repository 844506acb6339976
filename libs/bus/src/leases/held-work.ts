import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import type { Logger } from '../logger.js';
import type { Lease } from './lease.js';
import type { Leases } from './leases.js';

export interface HeldWorkSettings {
  readonly leases: Leases;
  /** Of the lease. */
  readonly name: string;
  readonly holder: string;
  readonly ttlMs?: number;
  readonly logger: Logger;
  /** Ends soon after the signal, which aborts with the lease and at a stop. What it throws is logged, and it is begun anew. */
  readonly work: (lease: Lease, signal: AbortSignal) => Promise<void>;
}

/** Before work that failed is begun anew, here or by another process. */
const pauseMs = 250;

/**
 * Work for one process of several, from `start` to `stop`: whoever holds the lease does it. The lease is let go of when the work
 * ends, whatever ended it, so that another can go on at once.
 */
export class HeldWork {
  private readonly stopping = new AbortController();
  private working: Promise<void> = Promise.resolve();
  private lease: Lease | undefined;

  constructor(private readonly settings: HeldWorkSettings) {}

  /** Whether this process may do the work now. */
  get holding(): boolean {
    return this.lease?.isHeld() ?? false;
  }

  start(): void {
    this.working = this.run(this.stopping.signal);
  }

  /** Resolved once the work has ended and the lease was let go of. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.working;
  }

  private async run(stopping: AbortSignal): Promise<void> {
    const { leases, name, holder, ttlMs, logger, work } = this.settings;
    const options = { signal: stopping, ...(ttlMs === undefined ? {} : { ttlMs }) };
    while (!stopping.aborted) {
      try {
        this.lease = await leases.acquire(name, holder, options);
        logger.info('this instance does the work', { lease: name, token: this.lease.token });
        await work(this.lease, AbortSignal.any([stopping, this.lease.signal]));
      } catch (error) {
        if (!stopping.aborted) logger.warn('work is begun anew', { lease: name, reason: DrError.from(error).message });
      } finally {
        await this.lease?.release();
        this.lease = undefined;
      }
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
}
