import { readdir } from 'node:fs/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus, Epochs } from '@novacron/bus';
import { DrError, durationMs } from '@novacron/contracts';
import { type BeginOptions, OperationEngine, type OperationView, type Plan } from '@novacron/operations';
import { JsonLogger, LoadedEstate } from '@novacron/service';
import { EstateWatch } from './adapters/estate-watch.js';
import { FailoverClient } from './adapters/failover-client.js';
import { HealthView } from './adapters/health-view.js';
import { scratchFolder } from './adapters/restore-room.js';
import { RestorationTargets } from './adapters/restoration-targets.js';
import { RestoreSources } from './adapters/restore-sources.js';
import { stopCache } from './adapters/scratch-cache.js';
import { stopDatabase } from './adapters/scratch-database.js';
import { ScratchPlace } from './adapters/scratch-place.js';
import { eventsOf } from './domain/events-of-record.js';
import { ordinaryUser } from './ordinary-user.js';
import { restorationRunbook, restoreRunbooks } from './runbooks.js';

const leaseTtlMs = 3_000;

/** The restores and restorations of this estate, carried out by the operation engine and told on the bus. */
@Injectable()
export class RestorationOperations implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly engine: OperationEngine;
  private readonly workFolder: string;

  constructor(
    private readonly bus: Bus,
    epochs: Epochs,
    targets: RestorationTargets,
    sources: RestoreSources,
    loaded: LoadedEstate,
    logger: JsonLogger,
  ) {
    this.workFolder = loaded.path(scratchFolder);
    const plan = (loaded.estate.restoration?.phases ?? []).map(({ phase, planned }) => ({
      phase,
      plannedMs: durationMs(planned),
    }));
    const runAs = ordinaryUser();
    const watch = new EstateWatch(targets, epochs);
    const [failover, health] = [new FailoverClient(bus), new HealthView(bus)];
    const { workFolder } = this;
    this.engine = new OperationEngine({
      bus,
      service: 'restoration',
      runbooks: [
        ...restoreRunbooks({ sources, scratchRoot: workFolder, ...(runAs === undefined ? {} : { runAs }) }),
        restorationRunbook({ targets, epochs, watch, failover, health, workFolder }),
      ],
      logger,
      leaseTtlMs,
      // A person who says yes to an operation that has stopped lets it go on.
      commands: { resume: (operationId) => approveCommand(bus.estate, operationId) },
      onRecord: async (record, state) => {
        for (const { event, id } of eventsOf(record, state, plan))
          await this.bus.publish(event, { id, correlationId: state.correlationId });
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.engine.start();
  }

  /** Scratch servers end with the service, those excepted that were asked to stay: whoever goes on recovers them again. */
  async onModuleDestroy(): Promise<void> {
    await this.engine.stop();
    const { signal } = new AbortController();
    for (const operationId of await readdir(this.workFolder).catch(() => [])) {
      const place = new ScratchPlace(this.workFolder, operationId);
      if (place.isKept) continue;
      await stopDatabase(place, signal);
      await stopCache(place, signal);
    }
  }

  /** @throws DrError OPERATION_RUNNING naming the one that runs. */
  begin(options: BeginOptions): Promise<{ operationId: string }> {
    return this.engine.begin(options);
  }

  status(operationId: string): Promise<OperationView> {
    return this.engine.status(operationId);
  }

  async exists(operationId: string): Promise<boolean> {
    return this.engine.status(operationId).then(
      () => true,
      (error: unknown) => {
        if (DrError.from(error).code === 'NOT_FOUND') return false;
        throw error;
      },
    );
  }

  list(limit: number): Promise<OperationView[]> {
    return this.engine.list({ limit });
  }

  abort(operationId: string, by: string, reason: string): Promise<void> {
    return this.engine.abort(operationId, by, reason);
  }

  /** Says yes to what an operation asks, or lets one go on that has stopped for a human. */
  async approve(operationId: string, by: string, comment?: string): Promise<void> {
    const { state } = await this.engine.status(operationId);
    if (state === 'failed') await this.engine.resumeOperation(operationId, by, comment);
    else await this.engine.approve(operationId, by, comment);
  }

  plan(runbook: string, params: unknown): Promise<Plan> {
    return this.engine.plan(runbook, params);
  }
}

function approveCommand(estate: string, operationId: string): string {
  return `nats req dr.${estate}.command.restoration.approve '${JSON.stringify({ operationId, by: '…' })}'`;
}
