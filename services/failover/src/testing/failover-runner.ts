import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import type { FenceLevel } from '@novacron/contracts';
import type { OperationView } from '@novacron/operations';
import { JsonLogger } from '@novacron/service';
import { ReplicationMemory } from '../adapters/replication-memory.js';
import { StateStore } from '../adapters/state-store.js';
import { WriteLeases } from '../adapters/write-leases.js';
import { runbookOf } from '../domain/move-runbooks.js';
import { operationId } from '../domain/operation-id.js';
import { FailoverOperations } from '../failover-operations.js';
import type { FailoverParams } from '../steps/failover-params.js';
import type { TestEstate } from './test-estate.js';

const ended = ['completed', 'rolled-back', 'failed', 'aborted'];

/** The operations of the failover service on a bus of their own, with an estate whose first epoch the primary holds. */
export class FailoverRunner {
  readonly events: { name: string; data: Record<string, unknown> }[] = [];

  private constructor(
    readonly nats: RunningNats,
    readonly bus: Bus,
    readonly epochs: Epochs,
    readonly memory: ReplicationMemory,
    readonly operations: FailoverOperations,
  ) {}

  static async start({ targets }: TestEstate): Promise<FailoverRunner> {
    const nats = await startNatsServer();
    const settings = { service: 'failover', instance: 'test', estate: 'novacron', logger: silentLogger } as const;
    const bus = await Bus.connect({ url: nats.url, ...settings });
    await provisionBus(bus.connection, { estate: 'novacron' });
    const epochs = await Epochs.open(bus.connection, 'novacron');
    await epochs.advance(0, { site: 'primary', operationId: 'first-epoch' });
    const store = new StateStore(bus);
    const memory = new ReplicationMemory(store);
    const leases = new WriteLeases(store);
    const logger = new JsonLogger({ write: () => undefined });
    const operations = new FailoverOperations(bus, epochs, targets, memory, leases, logger);
    const runner = new FailoverRunner(nats, bus, epochs, memory, operations);
    bus.connection.subscribe('dr.novacron.event.>', {
      callback: (_error, message) => {
        runner.events.push({ name: message.subject.split('.')[4] ?? '', data: message.json() });
      },
    });
    await operations.onApplicationBootstrap();
    return runner;
  }

  async stop(): Promise<void> {
    await this.operations.onModuleDestroy();
    await this.bus.close();
    await this.nats.stop();
  }

  /** Does something once, when a record of an operation's journal is seen. */
  atRecord(kind: string, step: string, work: () => void): void {
    const seen = this.bus.connection.subscribe('dr.novacron.operation.*', {
      callback: (_error, message) => {
        const record = message.json<{ kind: string; step?: string }>();
        if (record.kind !== kind || record.step !== step) return;
        seen.unsubscribe();
        work();
      },
    });
  }

  /** Runs a failover to its end, or until a human is needed. */
  async run(change: Partial<FailoverParams> = {}): Promise<OperationView> {
    return this.ended(await this.begin(change));
  }

  /** What a move would change, by step. */
  async plan(change: Partial<FailoverParams> = {}): Promise<ReadonlyMap<string, readonly string[]>> {
    const params = await this.paramsFor(change);
    const { nodes } = await this.operations.plan(runbookOf[params.mode], params);
    return new Map(nodes.flatMap(({ steps }) => steps.map(({ name, changes }) => [name, changes] as const)));
  }

  ended(id: string): Promise<OperationView> {
    return eventually(
      async () => {
        const view = await this.operations.status(id);
        return ended.includes(view.state) ? view : undefined;
      },
      { what: `the end of ${id}`, timeoutMs: 90_000 },
    );
  }

  async begin(change: Partial<FailoverParams> = {}): Promise<string> {
    const params = await this.paramsFor(change);
    const runbook = runbookOf[params.mode];
    const id = operationId(runbook, new Date(), String(Math.random()));
    await this.operations.begin({ runbook, operationId: id, params });
    return id;
  }

  private async paramsFor(change: Partial<FailoverParams>): Promise<FailoverParams> {
    const epoch = await this.epochs.current();
    const mode = change.mode ?? 'unplanned';
    return {
      ...{ mode, from: epoch?.site ?? '', reason: 'test', allowDataLoss: false, fenceRequired: 'L1' as FenceLevel },
      ...{ epoch: epoch?.epoch ?? 0, epochRevision: epoch?.revision ?? 0, decidedAt: new Date().toISOString() },
      ...change,
    };
  }
}
