import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HeldWork, Leases } from '@novacron/bus';
import { DrError, durationMs } from '@novacron/contracts';
import { compactWal } from '@novacron/repository';
import { JsonLogger, LoadedEstate, ServiceConfig } from '@novacron/service';
import { BackupStores } from '../adapters/backup-stores.js';
import { BackupOperations } from '../backup-operations.js';
import { runbookOf } from '../runbooks.js';
import { type MissedCopy, missedCopies, type StoredKeys } from './missed-copies.js';

const leaseTtlMs = 5_000;
const defaultCatchUp = '1m';
const compactEveryMs = 5 * 60_000;
const clearEveryMs = 3_600_000;
const unfinishedAfterMs = 48 * 3_600_000;
/** A copy that failed is begun anew after so long. */
const againAfterMs = 10 * 60_000;
const copyPatienceMs = 24 * 3_600_000;

/**
 * What nobody asks for and stores need: what they can do tried out, a new key made known to them, copies made up for that one missed while it was away,
 * small chunks of WAL merged, what writes left behind that never ended removed. One process does it, whoever holds the lease.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly keeping: HeldWork;
  private readonly met = new Set<string>();
  private compactedAtMs = Number.NEGATIVE_INFINITY;
  private clearedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    leases: Leases,
    private readonly stores: BackupStores,
    private readonly operations: BackupOperations,
    private readonly loaded: LoadedEstate,
    config: ServiceConfig,
    private readonly logger: JsonLogger,
  ) {
    this.keeping = new HeldWork({
      ...{ leases, logger, name: 'backup.housekeeping', holder: config.serviceInstance, ttlMs: leaseTtlMs },
      work: (_lease, signal) => this.keepHouse(signal),
    });
  }

  onApplicationBootstrap(): void {
    this.keeping.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.keeping.stop();
  }

  private async keepHouse(signal: AbortSignal): Promise<void> {
    const everyMs = durationMs(this.loaded.estate.repository.catchUpEvery ?? defaultCatchUp);
    while (!signal.aborted) {
      await this.attempt(signal, 'stores seen for the first time', () => this.meetStores());
      await this.attempt(signal, 'copies that were missed', () => this.catchUp(signal));
      if (performance.now() - this.clearedAtMs > clearEveryMs) {
        await this.attempt(signal, 'writes that never ended', () => this.clearUnfinished());
        this.clearedAtMs = performance.now();
      }
      if (performance.now() - this.compactedAtMs > compactEveryMs) {
        await this.attempt(signal, 'merging WAL', () => this.compact(signal));
        this.compactedAtMs = performance.now();
      }
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What each store can do is tried out once; and once it comes to know the current key, and through it what former keys sealed. */
  private async meetStores(): Promise<void> {
    for (const store of await this.answering()) {
      if (this.met.has(store)) continue;
      const { storageClass, ...can } = await this.stores.repository.store(store).capabilities();
      this.logger.info('what a store can do', { store, ...can, ...storageClass });
      if (storageClass?.taken === false)
        this.logger.warn('a store does not know the class of storage that the estate names, and uses its own', {
          store,
          storageClass: storageClass.asked,
        });
      await this.stores.repository.recordKeys(store);
      this.met.add(store);
    }
  }

  /** One copy after another, as long as there is one to make; a store that does not answer is left for the next time. */
  private async catchUp(signal: AbortSignal): Promise<void> {
    const tried = new Set<string>();
    for (;;) {
      const missed = missedCopies(await this.keysOfStores()).find((copy) => !tried.has(idOf(copy)));
      if (missed === undefined || signal.aborted) return;
      tried.add(idOf(missed));
      // A backup that is being made is copied by its own operation.
      if (await this.operations.isRunning(missed.backupId)) continue;
      const { operationId } = await this.operations.begin({
        runbook: runbookOf.copy,
        operationId: idOf(missed),
        params: missed,
      });
      this.logger.info('a copy that was missed is made', { ...missed, operation: operationId });
      await this.operations.ended(operationId, copyPatienceMs, signal);
    }
  }

  private async compact(signal: AbortSignal): Promise<void> {
    for (const store of await this.answering()) {
      for (const systemId of await this.stores.repository.archivedSystems(store)) {
        const archive = this.stores.repository.wal(store, systemId);
        const { problems, ...done } = await compactWal(archive, { now: new Date(), signal });
        if (done.mergedInto + done.removedObjects > 0) this.logger.info('WAL was merged', { store, systemId, ...done });
        for (const { path, problem } of problems)
          this.logger.error('archived WAL is damaged', { store, path, problem });
      }
    }
  }

  /** A write that is gone on with is not as old by the store's clock: no step of a backup takes longer. */
  private async clearUnfinished(): Promise<void> {
    for (const store of await this.answering()) {
      for (const { key, begunAt } of await this.stores.repository.store(store).clearUnfinished(unfinishedAfterMs))
        this.logger.warn('a write that never ended was removed', { store, key, begunAt });
    }
  }

  private async keysOfStores(): Promise<StoredKeys[]> {
    return Promise.all(
      (await this.answering()).map(async (store) => {
        const keys: string[] = [];
        for await (const { key } of this.stores.repository.store(store).list('backups/')) keys.push(key);
        return { store, keys };
      }),
    );
  }

  private async answering(): Promise<string[]> {
    const { order } = this.stores;
    const problems = await Promise.all(order.map(async (name) => this.stores.problemOf(name)));
    return order.filter((_, place) => problems[place] === undefined);
  }

  private async attempt(signal: AbortSignal, what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { code, message } = DrError.from(error);
      if (!signal.aborted) this.logger.warn('housekeeping has trouble', { what, code, reason: message });
    }
  }
}

function idOf({ backupId, to }: MissedCopy): string {
  return `copy-${backupId}-${to}-${Math.floor(Date.now() / againAfterMs).toString(36)}`;
}
