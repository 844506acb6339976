import { DrError } from '@novacron/contracts';
import type { Logger } from '../logger.js';
import type { LeaseStore } from './lease-store.js';
import { actsUntilMs, type LeaseRecord } from './takeover.js';

export interface LeaseContext {
  readonly store: LeaseStore;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds of the epoch. */
  readonly wallNow: () => number;
}

/** One moment on both clocks. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * The right to act on something, kept by renewing it. It ends by release, by another's takeover, or when the bus has not
 * confirmed a renewal in time: no answer is not yet a loss, but past the deadline nobody may act on it.
 */
export class Lease {
  /** The fencing token: the revision at which the lease was acquired. Later acquisitions have greater ones. */
  readonly token: number;
  private readonly controller = new AbortController();
  private renewTimer: NodeJS.Timeout | undefined;
  private deadlineTimer: NodeJS.Timeout | undefined;
  private untilMs = 0;
  private untilWallMs = 0;
  private state: 'held' | 'released' | 'lost' = 'held';
  private renewing: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly key: string,
    private readonly record: LeaseRecord,
    private revision: number,
    sent: Instant,
    private readonly context: LeaseContext,
  ) {
    this.token = revision;
    this.actUntil(sent);
    this.schedule();
  }

  /** Aborts when the lease is lost, with a DrError LEASE_LOST as its reason; not when it is released. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /**
   * Whether we may act now. Reads the clocks at each call, so that a process which was stopped and goes on finds out before
   * any timer runs. The monotonic clock stands still while the machine is suspended: the other one tells of that. It may be
   * set, and then it only takes the lease away early.
   */
  isHeld(): boolean {
    if (this.state !== 'held') return false;
    if (this.context.now() < this.untilMs && this.context.wallNow() < this.untilWallMs) return true;
    this.lose('no renewal was confirmed in time');
    return false;
  }

  /** @throws DrError LEASE_LOST when we may not act. */
  assertHeld(): void {
    if (!this.isHeld()) throw this.lostError('it is over');
  }

  /** Lets others have it at once. Does nothing where it is not ours any more; a failure is harmless, the lease runs out. */
  async release(): Promise<void> {
    if (this.state !== 'held') return;
    this.state = 'released';
    this.clearTimers();
    await this.renewing;
    try {
      await this.context.store.remove(this.key, this.revision);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.context.logger.warn('lease not released, it will run out', { lease: this.name, reason });
    }
  }

  private schedule(): void {
    this.clearTimers();
    const remainingMs = Math.max(0, this.untilMs - this.context.now());
    this.renewTimer = setTimeout(() => this.startRenewal(), Math.min(remainingMs, this.record.expiresAfterMs / 3));
    this.watchDeadline();
  }

  /** A timer may fire a little before its time: then it is set again, or nobody would notice the end. */
  private watchDeadline(): void {
    const remainingMs = Math.max(1, Math.ceil(this.untilMs - this.context.now()));
    this.deadlineTimer = setTimeout(() => {
      if (this.isHeld()) this.watchDeadline();
    }, remainingMs);
  }

  private startRenewal(): void {
    this.renewing = this.renew().catch((error: unknown) => {
      if (this.state !== 'held') return;
      const reason = error instanceof Error ? error.message : String(error);
      this.context.logger.warn('lease not renewed yet', { lease: this.name, reason });
      this.renewTimer = setTimeout(() => this.startRenewal(), this.record.expiresAfterMs / 12);
    });
  }

  private async renew(): Promise<void> {
    if (!this.isHeld()) return;
    const sent = { monotonicMs: this.context.now(), wallMs: this.context.wallNow() };
    const timeoutMs = Math.max(50, this.record.expiresAfterMs / 4);
    const revision = await this.context.store.update(this.key, this.record, this.revision, timeoutMs);
    if (revision !== undefined) {
      this.extend(revision, sent);
      return;
    }
    await this.afterConflict();
  }

  /** Another write came first: ours, whose answer was lost, or another's, and then the lease is lost. */
  private async afterConflict(): Promise<void> {
    const stored = await this.context.store.read(this.key);
    if (this.state !== 'held') return;
    if (stored?.record.nonce !== this.record.nonce) {
      this.lose(stored === undefined ? 'it ran out' : `${stored.record.holder} has it now`);
      return;
    }
    this.revision = stored.revision;
    this.renewTimer = setTimeout(() => this.startRenewal(), 0);
  }

  private extend(revision: number, sent: Instant): void {
    this.revision = revision;
    if (this.state !== 'held') return;
    this.actUntil(sent);
    this.schedule();
  }

  private actUntil({ monotonicMs, wallMs }: Instant): void {
    this.untilMs = actsUntilMs(monotonicMs, this.record.expiresAfterMs);
    this.untilWallMs = actsUntilMs(wallMs, this.record.expiresAfterMs);
  }

  private lose(reason: string): void {
    if (this.state !== 'held') return;
    this.state = 'lost';
    this.clearTimers();
    this.context.logger.warn('lease lost', { lease: this.name, token: this.token, reason });
    this.controller.abort(this.lostError(reason));
  }

  private lostError(reason: string): DrError {
    return new DrError('LEASE_LOST', `lease ${this.name} is not ours any more: ${reason}`);
  }

  private clearTimers(): void {
    clearTimeout(this.renewTimer);
    clearTimeout(this.deadlineTimer);
  }
}
