import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus, Epochs } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { type BeginOptions, OperationEngine, type OperationState, type OperationView } from '@novacron/operations';
import { JsonLogger } from '@novacron/service';
import { FailoverTargets } from './adapters/failover-targets.js';
import { HealthLook } from './adapters/health-look.js';
import { ReplicationMemory } from './adapters/replication-memory.js';
import { WriteLeases } from './adapters/write-leases.js';
import { eventsOf } from './domain/events-of-record.js';
import {
  type ReplicationParams,
  replicationRunbookOf,
  replicationRunbooks,
} from './replication/replication-runbooks.js';
import { failoverRunbooks } from './runbooks.js';
import { isOvertaken, overtaken } from './steps/advance-epoch.js';
import type { FailoverParams } from './steps/failover-params.js';

/** A lease short enough that another instance goes on within seconds, long enough to outlast a stumble of the bus. */
const leaseTtlMs = 3_000;

/** A change of replication ends within this time, one way or the other. */
const changeTimeoutMs = 30_000;

function isReplicationChange(operationId: string): boolean {
  return Object.values(replicationRunbookOf).some((runbook) => operationId.startsWith(`${runbook}-`));
}

function isMove(params: unknown): params is FailoverParams {
  return typeof (params as Partial<FailoverParams> | undefined)?.epochRevision === 'number';
}

/** The failovers of this estate, carried out by the operation engine and told on the bus. */
@Injectable()
export class FailoverOperations implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly engine: OperationEngine;

  constructor(
    private readonly bus: Bus,
    private readonly epochs: Epochs,
    targets: FailoverTargets,
    memory: ReplicationMemory,
    leases: WriteLeases,
    logger: JsonLogger,
  ) {
    const health = new HealthLook(bus);
    this.engine = new OperationEngine({
      bus,
      service: 'failover',
      runbooks: [
        ...failoverRunbooks({ targets, leases, memory }, epochs, (site) => health.at(site, new Date())),
        ...replicationRunbooks(targets, epochs, memory),
      ],
      logger,
      leaseTtlMs,
      onRecord: async (record, state) => {
        for (const { event, id } of eventsOf(record, state, this.bus.estate))
          await this.bus.publish(event, { id, correlationId: state.correlationId });
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.engine.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.engine.stop();
  }

  /** @throws DrError OPERATION_RUNNING naming the one that runs. */
  begin(options: BeginOptions & { readonly params: FailoverParams }): Promise<{ operationId: string }> {
    return this.engine.begin(options);
  }

  /** Waits for the end of a change of replication, which takes a second; false when something else is in the way. */
  async outlasts(failure: DrError): Promise<boolean> {
    const [named] = failure.details;
    const running = named?.problem ?? '';
    if (failure.code !== 'OPERATION_RUNNING' || !isReplicationChange(running)) return false;
    await this.engine.wait(running, { timeoutMs: changeTimeoutMs });
    return true;
  }

  /** @throws DrError OPERATION_RUNNING while service is moved. */
  async beginReplicationChange(options: BeginOptions & { readonly params: ReplicationParams }): Promise<void> {
    await this.engine.begin(options);
  }

  /** The id of the operation that moves service now, or changes what commits wait for. */
  async running(): Promise<string | undefined> {
    const moving = (await this.engine.list({ limit: 10 })).find(({ state }) =>
      ['running', 'waiting', 'undoing'].includes(state),
    );
    return moving?.operationId;
  }

  status(operationId: string): Promise<OperationView> {
    return this.engine.status(operationId);
  }

  /** What the journal says of it. @throws DrError NOT_FOUND. */
  state(operationId: string): Promise<OperationState> {
    return this.engine.state(operationId);
  }

  list(limit: number): Promise<OperationView[]> {
    return this.engine.list({ limit });
  }

  /** @throws DrError CONFLICT when nothing is asked any more, or from one who asked or has approved. */
  approve(operationId: string, by: string, comment?: string): Promise<void> {
    return this.engine.approve(operationId, by, comment);
  }

  /** @throws DrError EPOCH_MISMATCH for one that has stopped, where service has been moved since. */
  async abort(operationId: string, by: string, reason: string): Promise<void> {
    await this.assertNotOvertaken(operationId);
    return this.engine.abort(operationId, by, reason);
  }

  /** @throws DrError CONFLICT, also for a step that it cannot go on without; EPOCH_MISMATCH where service has been moved since. */
  async resume(operationId: string, by: string, reason?: string, skip?: string): Promise<void> {
    await this.assertNotOvertaken(operationId);
    return this.engine.resumeOperation(operationId, by, reason, skip);
  }

  /** One that has stopped keeps nobody from moving service; who did may not be worked against. */
  private async assertNotOvertaken(operationId: string): Promise<void> {
    const { state, params } = await this.engine.status(operationId);
    if (state !== 'failed' || !isMove(params)) return;
    const now = await this.epochs.current();
    if (isOvertaken(now, operationId, params)) throw overtaken(now);
  }

  plan(runbook: string, params: FailoverParams): ReturnType<OperationEngine['plan']> {
    return this.engine.plan(runbook, params);
  }
}
