import { Injectable } from '@nestjs/common';
import { DrError } from '@novacron/contracts';
import { isRevoked, leaseName, type Revocation, revoked, type WriteLeaseRecord } from '../domain/write-lease.js';
import { StateStore, type Stored } from './state-store.js';

/** A guard renews its lease every second: so often a write of ours comes second. */
const attempts = 20;

/** What a look has seen of a lease. Times by this process's own clock. */
interface Seen {
  readonly revision: number;
  readonly lookedAtMs: number;
  /** Since when at the latest it has been as it is; undefined while nobody has seen it change. */
  readonly changedAtMs: number | undefined;
}

/** The write leases of an estate's databases, as a failover sees them. */
@Injectable()
export class WriteLeases {
  private readonly seen = new Map<string, Seen>();

  constructor(private readonly store: StateStore) {}

  /** @throws DrError BUS_UNAVAILABLE. */
  read(database: string, site: string): Promise<Stored<WriteLeaseRecord>> {
    return this.store.read<WriteLeaseRecord>(leaseName(database, site));
  }

  /**
   * The guard that keeps a lease now: it has been seen to renew it within its time. The first look of this process, or after a pause,
   * sees no renewal; then `known`, whom an earlier look has found, is believed for that time. @throws DrError BUS_UNAVAILABLE.
   */
  async keeper(database: string, site: string, epoch: number, known?: string): Promise<string | undefined> {
    const name = leaseName(database, site);
    const { value, revision } = await this.read(database, site);
    const before = this.seen.get(name);
    const nowMs = performance.now();
    const { ttlMs = 0, holder } = value ?? {};
    const isFirst = before === undefined || nowMs - before.lookedAtMs >= ttlMs;
    const sinceMs = isFirst ? (holder === known ? nowMs : undefined) : before.changedAtMs;
    const changedAtMs = !isFirst && before.revision !== revision ? before.lookedAtMs : sinceMs;
    this.seen.set(name, { revision, lookedAtMs: nowMs, changedAtMs });
    if (value?.state !== 'held' || value.epoch !== epoch || changedAtMs === undefined) return undefined;
    return nowMs - changedAtMs < ttlMs ? holder : undefined;
  }

  /**
   * Takes the right to write away: no renewal succeeds after this has returned.
   * @throws DrError BUS_UNAVAILABLE when it may or may not have been taken away.
   */
  revoke(database: string, site: string, revocation: Revocation): Promise<WriteLeaseRecord> {
    return this.change(database, site, (before) => revoked(before, revocation));
  }

  /** Gives a right back that an operation which is undone had taken away; the guard may take it again. */
  async giveBack(database: string, site: string, operationId: string): Promise<void> {
    await this.change(database, site, (before) => {
      if (before === undefined || before.operationId !== operationId || !isRevoked(before)) return before;
      const { epoch, holder, ttlMs, marginMs } = before;
      return { state: 'left', epoch, holder, ttlMs, marginMs };
    });
  }

  private async change<T extends WriteLeaseRecord | undefined>(
    database: string,
    site: string,
    after: (before: WriteLeaseRecord | undefined) => T,
  ): Promise<T> {
    const name = leaseName(database, site);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const stored = await this.read(database, site);
      const next = after(stored.value);
      if (next === undefined || next === stored.value || (await this.store.write(name, next, stored))) return next;
    }
    throw new DrError('CONFLICT', `the write lease of ${database} on ${site} changes all the time`, {
      hint: 'look whether two write guards run beside the same server',
    });
  }
}
