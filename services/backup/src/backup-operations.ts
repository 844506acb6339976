import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import {
  type BeginOptions,
  OperationEngine,
  type OperationView,
  restingStates,
  type Runbook,
} from '@novacron/operations';
import { backupIdPattern } from '@novacron/repository';
import { JsonLogger, LoadedEstate } from '@novacron/service';
import { BackupSpool } from './adapters/backup-spool.js';
import { BackupSources } from './adapters/backup-sources.js';
import { BackupStores } from './adapters/backup-stores.js';
import { BackupProgress } from './backup-progress.js';
import { ArchiveBell } from './archiving/archive-bell.js';
import { eventsOf } from './domain/events-of-record.js';
import { copyRunbook } from './upkeep/copy-steps.js';
import { drillRunbook } from './restore-drill/drill-runbook.js';
import { pruneRunbook } from './upkeep/prune-steps.js';
import { verifyStoreRunbook } from './upkeep/verify-store-steps.js';
import { backupRunbook, incrementalRunbook, logicalRunbook, runbookOf, verifyRunbook } from './runbooks.js';

/** At most one of them runs at a time. */
const takingRunbooks = [runbookOf.backup, runbookOf.incremental, runbookOf.logical] as const;
const leaseTtlMs = 3_000;
const lookAgainMs = 200;

/** The backups of this estate, carried out by the operation engine and told on the bus. */
@Injectable()
export class BackupOperations implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly engine: OperationEngine;

  constructor(
    bus: Bus,
    private readonly sources: BackupSources,
    stores: BackupStores,
    loaded: LoadedEstate,
    bell: ArchiveBell,
    progress: BackupProgress,
    logger: JsonLogger,
  ) {
    const again = (): string => `nats req dr.${bus.estate}.command.backup.run '{"kind":"full"}'`;
    const parts = { sources, stores, estate: loaded.name, bell, progress };
    const runbooks = [
      backupRunbook(parts),
      incrementalRunbook(parts),
      logicalRunbook(parts),
      drillRunbook({ bus, sources, stores }),
      verifyRunbook(stores, sources.spool, progress),
      verifyStoreRunbook(stores, sources.spool, progress),
      pruneRunbook(stores),
      copyRunbook(stores, progress),
    ] as Runbook[];
    this.engine = new OperationEngine({
      bus,
      service: 'backup',
      runbooks,
      logger,
      leaseTtlMs,
      // What has stopped is not gone on with: a new backup is as good, and of newer data.
      commands: { resume: again, abort: again, approve: again },
      onRecord: async (record, state) => {
        for (const { event, id } of eventsOf(record, state))
          await bus.publish(event, { id, correlationId: state.correlationId });
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.engine.start();
    await this.removeLeftSpools();
  }

  async onModuleDestroy(): Promise<void> {
    await this.engine.stop();
  }

  /** @throws DrError OPERATION_RUNNING naming the backup that runs. */
  begin(options: BeginOptions): Promise<{ operationId: string }> {
    return this.engine.begin(options);
  }

  /**
   * Ends a backup that runs; what it left behind is removed.
   * @throws DrError NOT_FOUND, PAST_POINT_OF_NO_RETURN once it is committed, CONFLICT when it has ended.
   */
  async cancel(backupId: string, by: string, reason: string): Promise<void> {
    await this.engine.abort(backupId, by, reason);
  }

  /** Undefined when there is no such operation. */
  async find(operationId: string): Promise<OperationView | undefined> {
    try {
      return await this.engine.status(operationId);
    } catch (error) {
      if (DrError.from(error).code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** The newest operations of a runbook, those that moved last first. */
  latest(runbook: string, limit: number): Promise<OperationView[]> {
    return this.engine.list({ runbook, limit });
  }

  async isRunning(operationId: string): Promise<boolean> {
    const operation = await this.find(operationId);
    return operation !== undefined && !isAtRest(operation);
  }

  /** Resolved when an operation moves no more, or at the signal. @throws DrError TIMEOUT, NOT_FOUND. */
  async ended(operationId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!signal.aborted) {
      if (!(await this.isRunning(operationId))) return;
      if (performance.now() > deadline) throw new DrError('TIMEOUT', `${operationId} does not end`);
      await sleep(lookAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The operations that take backups, those that moved last first; those that found nothing changed left out. */
  async takings(limit: number): Promise<OperationView[]> {
    const lists = await Promise.all(takingRunbooks.map((runbook) => this.engine.list({ runbook, limit })));
    return lists.flat().filter(({ state }) => state !== 'completed');
  }

  /** Resolved when no backup runs any more. @throws DrError TIMEOUT. */
  async idle(timeoutMs: number): Promise<void> {
    const lists = takingRunbooks.map((runbook) => this.engine.list({ runbook, limit: 10 }));
    const running = (await Promise.all(lists)).flat().find((operation) => !isAtRest(operation));
    if (running !== undefined) await this.engine.wait(running.operationId, { timeoutMs });
    // One that was refused because another was just beginning looks again a little later.
    else await sleep(lookAgainMs);
  }

  /** Removes what backups left on this machine that ended without cleaning up: stopped for a human, or ended elsewhere. */
  private async removeLeftSpools(): Promise<void> {
    const names = await readdir(this.sources.spool).catch((): string[] => []);
    for (const name of names.filter((one) => backupIdPattern.test(one))) {
      const operation = await this.find(name);
      if (operation !== undefined && !isAtRest(operation)) continue;
      await new BackupSpool(this.sources.spool, name).remove();
    }
  }
}

function isAtRest({ state }: OperationView): boolean {
  const resting: readonly string[] = restingStates;
  return resting.includes(state);
}
