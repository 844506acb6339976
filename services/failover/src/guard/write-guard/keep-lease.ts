import type { Epochs } from '@novacron/bus';
import type { StateStore, Stored } from '../../adapters/state-store.js';
import { leaseName, mustStayClosed, type WriteLeaseRecord } from '../../domain/write-lease.js';
import type { ServerMode } from './server.js';

export interface LeaseKeeperSettings {
  readonly database: string;
  readonly site: string;
  /** Of this machine and data directory: a guard that is started anew goes on with its lease. */
  readonly holder: string;
  readonly ttlMs: number;
  readonly marginMs: number;
  readonly epochs: Epochs;
  readonly store: StateStore;
  readonly mode: () => ServerMode;
  /** Ends the server; true once nothing of it runs. */
  readonly close: () => Promise<boolean>;
  /** Monotonic milliseconds, as the permit counts them. */
  readonly clock: () => number;
}

/** What the bus says: `granted`, asked for at a moment; `refused`, with the reason; `waiting`: neither, yet. */
export type Turn =
  | { readonly kind: 'granted'; readonly askedAtMs: number }
  | { readonly kind: 'refused' | 'waiting'; readonly reason: string };

/**
 * Keeps the write lease of one server. Each turn is an answer of the bus, read from its leader and changed by compare-and-swap: a
 * lease that was revoked is not renewed by a guard that did not know it yet.
 */
export class LeaseKeeper {
  private last: Stored<WriteLeaseRecord> | undefined;
  /** Somebody else's lease, and since when it has not changed. */
  private other: { readonly revision: number; readonly sinceMs: number } | undefined;

  constructor(private readonly settings: LeaseKeeperSettings) {}

  /** @throws DrError BUS_UNAVAILABLE: then nothing is known, and nothing granted. */
  async turn(): Promise<Turn> {
    const { epochs, site, clock, mode } = this.settings;
    // Before the epoch is read: a server that was promoted meanwhile is one that the epoch names already.
    const seen = mode();
    const askedAtMs = clock();
    const epoch = await epochs.current();
    if (epoch === undefined) return { kind: 'granted', askedAtMs };
    if (epoch.site !== site) {
      this.last = undefined;
      if (seen !== 'primary') return { kind: 'refused', reason: `the epoch names ${epoch.site}` };
      return this.shut(`the epoch names ${epoch.site}, and this server takes writes`);
    }
    return this.renew(epoch.epoch);
  }

  /** Gives the lease up: from then on nobody counts on this guard. False where the bus has not confirmed it. */
  async leave(): Promise<boolean> {
    const { store, database, site, holder } = this.settings;
    const name = leaseName(database, site);
    const stored = await store.read<WriteLeaseRecord>(name);
    if (stored.value?.holder !== holder || stored.value.state !== 'held') return true;
    return store.write(name, { ...stored.value, state: 'left' }, stored);
  }

  private async renew(epoch: number): Promise<Turn> {
    const { store, database, site, holder, ttlMs, marginMs, clock } = this.settings;
    const name = leaseName(database, site);
    const stored = this.last ?? (await store.read<WriteLeaseRecord>(name));
    const { value } = stored;
    if (value !== undefined && mustStayClosed(value, epoch)) return this.answer(stored, value);
    if (value?.state === 'held' && value.holder !== holder && this.othersHold(stored, value))
      return { kind: 'waiting', reason: `the write guard of ${value.holder} keeps the lease` };
    const askedAtMs = clock();
    const record: WriteLeaseRecord = { state: 'held', epoch, holder, ttlMs, marginMs };
    this.last = undefined;
    this.last = await store.put(name, record, stored);
    return this.last === undefined ? this.afterConflict(name, epoch) : { kind: 'granted', askedAtMs };
  }

  /** Somebody has written first: a failover, or ourselves, and the answer was lost. What it was is found in the next turn. */
  private async afterConflict(name: string, epoch: number): Promise<Turn> {
    const stored = await this.settings.store.read<WriteLeaseRecord>(name);
    if (stored.value !== undefined && mustStayClosed(stored.value, epoch)) return this.answer(stored, stored.value);
    return { kind: 'waiting', reason: 'the lease was changed meanwhile' };
  }

  /** A failover waits for this: the server is ended first, and then it is told. */
  private async answer(stored: Stored<WriteLeaseRecord>, record: WriteLeaseRecord): Promise<Turn> {
    const { store, database, site, close, mode } = this.settings;
    const reason = `${record.operationId ?? 'a failover'} has revoked the right to take writes`;
    if (mode() === 'primary' && !(await close())) return { kind: 'refused', reason: `${reason}; the server runs on` };
    if (record.state !== 'closed') await store.write(leaseName(database, site), { ...record, state: 'closed' }, stored);
    return { kind: 'refused', reason };
  }

  private async shut(reason: string): Promise<Turn> {
    await this.settings.close();
    return { kind: 'refused', reason };
  }

  /** A lease that its holder has not renewed for its whole time is nobody's any more. */
  private othersHold({ revision }: Stored<WriteLeaseRecord>, { ttlMs }: WriteLeaseRecord): boolean {
    const nowMs = this.settings.clock();
    if (this.other?.revision !== revision) this.other = { revision, sinceMs: nowMs };
    return nowMs - this.other.sinceMs < ttlMs;
  }
}
