import { randomUUID } from 'node:crypto';
import { Bus, ContractRegistry, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { type EngineOptions, OperationEngine } from '../engine/operation-engine.js';
import type { OperationView } from '../engine/operation-view.js';
import { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/record.js';
import type { Runbook, RunbookNode } from '../steps/runbook.js';

export interface FixtureEngineOptions extends Partial<EngineOptions> {
  readonly runbook?: Partial<Runbook>;
}

/** A real server, and engines with short times on it; each test has an estate of its own. */
export class EngineFixture {
  private readonly closing: (() => Promise<unknown>)[] = [];

  private constructor(readonly nats: RunningNats) {}

  static async start(): Promise<EngineFixture> {
    return new EngineFixture(await startNatsServer());
  }

  async bus(estate = `e${randomUUID().slice(0, 8)}`): Promise<Bus> {
    const instance = randomUUID();
    const bus = await Bus.connect({ url: this.nats.url, service: 'failover', instance, estate, logger: silentLogger });
    await provisionBus(bus.connection, { estate, registry: new ContractRegistry([], []) });
    this.closing.push(() => bus.close());
    return bus;
  }

  /** An engine that runs, with one runbook `move` of these nodes. */
  async engine(
    bus: Bus,
    nodes: readonly RunbookNode<unknown>[],
    options: FixtureEngineOptions = {},
  ): Promise<OperationEngine> {
    const runbook: Runbook = { name: 'move', version: '1', nodes, ...options.runbook };
    const engine = new OperationEngine({
      ...{ bus, service: 'failover', runbooks: [runbook], logger: silentLogger, leaseTtlMs: 1_000 },
      ...options,
      timing: { scanMs: 100, backoffMs: 10, maxBackoffMs: 50, graceMs: 200, ...options.timing },
    });
    await engine.start();
    this.closing.push(() => engine.stop(100));
    return engine;
  }

  async journalOf(bus: Bus, operationId: string): Promise<JournalRecord[]> {
    const journal = await Journal.open(bus, 2_000);
    return (await journal.read(operationId)).map((stored) => stored.record);
  }

  /** Ends what the test began, newest first. */
  async clean(): Promise<void> {
    for (const close of this.closing.splice(0).reverse()) await close();
  }

  async stop(): Promise<void> {
    await this.clean();
    await this.nats.stop();
  }
}

/** The operation once it is in this state. */
export function reaches(engine: OperationEngine, operationId: string, state: string): Promise<OperationView> {
  return eventually(
    async () => {
      const view = await engine.status(operationId);
      return view.state === state ? view : undefined;
    },
    { what: `${operationId} is ${state}` },
  );
}

/** The operation once this step is in this status. */
export function stepReaches(
  engine: OperationEngine,
  operationId: string,
  step: string,
  status: string,
): Promise<OperationView> {
  return eventually(
    async () => {
      const view = await engine.status(operationId);
      const steps = view.nodes.flatMap((node) => node.steps);
      return steps.some((each) => each.name === step && each.status === status) ? view : undefined;
    },
    { what: `${step} of ${operationId} is ${status}` },
  );
}
