import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus, Epochs } from '@novacron/bus';
import { type BeginOptions, OperationEngine, type OperationView } from '@novacron/operations';
import { JsonLogger } from '@novacron/service';
import { FailoverTargets } from './adapters/failover-targets.js';
import { eventsOf } from './domain/events-of-record.js';
import { failoverRunbooks } from './runbooks.js';
import type { FailoverParams } from './steps/failover-params.js';

/** A lease short enough that another instance goes on within seconds, long enough to outlast a stumble of the bus. */
const leaseTtlMs = 3_000;

/** The failovers of this estate, carried out by the operation engine and told on the bus. */
@Injectable()
export class FailoverOperations implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly engine: OperationEngine;

  constructor(
    private readonly bus: Bus,
    epochs: Epochs,
    targets: FailoverTargets,
    logger: JsonLogger,
  ) {
    this.engine = new OperationEngine({
      bus,
      service: 'failover',
      runbooks: failoverRunbooks(targets, epochs),
      logger,
      leaseTtlMs,
      onRecord: async (record, state) => {
        for (const { event, id } of eventsOf(record, state))
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

  /** The id of the operation that moves service now. */
  async running(): Promise<string | undefined> {
    const moving = (await this.engine.list({ limit: 10 })).find(({ state }) =>
      ['running', 'waiting', 'undoing'].includes(state),
    );
    return moving?.operationId;
  }

  status(operationId: string): Promise<OperationView> {
    return this.engine.status(operationId);
  }

  list(limit: number): Promise<OperationView[]> {
    return this.engine.list({ limit });
  }

  abort(operationId: string, by: string, reason: string): Promise<void> {
    return this.engine.abort(operationId, by, reason);
  }

  resume(operationId: string, by: string): Promise<void> {
    return this.engine.resumeOperation(operationId, by);
  }

  plan(runbook: string, params: FailoverParams): ReturnType<OperationEngine['plan']> {
    return this.engine.plan(runbook, params);
  }
}
