import { Bus, ContractRegistry, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, startNatsServer } from '@novacron/bus/testing';
import { Journal } from '../journal/journal.js';
import { OperationEngine } from './operation-engine.js';
import type { StepContext } from '../steps/step.js';
import { EngineFixture, stepReaches } from '../testing/engine-fixture.js';
import { aGate } from '../testing/gate.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';

let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await EngineFixture.start();
});
afterEach(() => fixture.clean());
afterAll(() => fixture.stop());

const untilAborted = ({ signal }: StepContext): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

describe('when something dies', () => {
  it.each([1, 3])(
    'freezes without the bus (%i servers) and goes on by itself when it is back',
    async (cluster) => {
      const nats = await startNatsServer({ cluster });
      const settings = { service: 'failover', instance: '1', estate: 'one', logger: silentLogger };
      const bus = await Bus.connect({ url: nats.url, ...settings });
      try {
        const registry = new ContractRegistry([], []);
        // Servers that start at once were seen to take 30 s to know each other.
        await provisionBus(bus.connection, { estate: 'one', registry, replicas: cluster, timeoutMs: 60_000 });
        const ledger = new Ledger();
        let entries = 0;
        let frozen = false;
        const before = async (context: StepContext): Promise<void> => {
          entries += 1;
          if (entries > 1) return;
          await untilAborted(context);
          frozen = true;
        };
        const engine = await fixture.engine(bus, [ledgerStep(ledger, 'a', { before }), ledgerStep(ledger, 'b')]);
        const { operationId } = await engine.begin({ runbook: 'move', params: {} });
        await eventually(() => entries === 1);

        // Of three servers two are gone: what is left has no quorum.
        const killed = nats.servers.slice(0, cluster === 1 ? 1 : 2);
        await Promise.all(killed.map((server) => server.kill()));
        await eventually(() => frozen, { what: 'the step is told to stop' });
        expect(ledger.history).toEqual([]);

        await Promise.all(killed.map((server) => server.restart()));
        await eventually(() => ledger.present.has('b'), { timeoutMs: 40_000, what: 'the operation goes on' });
        expect((await engine.wait(operationId, { timeoutMs: 20_000 })).state).toBe('completed');
        expect(ledger.history).toEqual(['+a', '+b']);
      } finally {
        await fixture.clean();
        await bus.close();
        await nats.stop();
      }
    },
    150_000,
  );

  it('waits for the bus when it starts while nobody answers, and works once somebody does', async () => {
    const nats = await startNatsServer();
    const bus = await Bus.connect({
      ...{ url: nats.url, service: 'failover', instance: 'x', estate: 'lab', logger: silentLogger },
    });
    const registry = new ContractRegistry([], []);
    const warned: unknown[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warned.push(message) };
    const engine = new OperationEngine({ bus, service: 'failover', runbooks: [], logger });
    try {
      await provisionBus(bus.connection, { estate: bus.estate, registry });
      await nats.kill();
      const started = engine.start();
      started.catch(() => undefined);
      await eventually(() => warned.includes('waiting for the bus to answer'), { timeoutMs: 20_000 });
      await nats.restart();
      await started;
      expect(await engine.list()).toEqual([]);
    } finally {
      await engine.stop(100);
      await bus.close();
      await nats.stop();
    }
  }, 90_000);

  it('lets another engine go on with what a leaving one has left, and does nothing twice', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const entered = aGate();
    const before = async (context: StepContext): Promise<void> => {
      if (context.attempt > 1) return;
      entered.open();
      await untilAborted(context);
    };
    const nodes = [ledgerStep(ledger, 'a'), ledgerStep(ledger, 'b', { before }), ledgerStep(ledger, 'c')];
    const first = await fixture.engine(bus, nodes);
    const { operationId } = await first.begin({ runbook: 'move', params: {} });
    await entered.opened;
    await first.stop(10);
    expect(ledger.history).toEqual(['+a']);

    const second = await fixture.engine(bus, nodes);
    expect((await second.wait(operationId, { timeoutMs: 5_000 })).state).toBe('completed');
    expect(ledger.history).toEqual(['+a', '+b', '+c']);
    await stepReaches(second, operationId, 'b', 'done');
    const records = await fixture.journalOf(bus, operationId);
    expect(records.filter((record) => record.kind === 'failed')).toEqual([]);
    expect(records.filter((record) => record.kind === 'claimed')).toHaveLength(2);
  });

  it('refuses the late record of a worker that another has replaced', async () => {
    const bus = await fixture.bus();
    const journal = await Journal.open(bus, 2_000);
    const engine = await fixture.engine(bus, [ledgerStep(new Ledger(), 'a')]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await engine.wait(operationId, { timeoutMs: 5_000 });
    const [, claimed, intent] = await journal.read(operationId);
    if (claimed === undefined || intent === undefined) throw new Error('the journal is too short');

    const late = journal.append({ ...intent.record, id: 'late' }, claimed.sequence);

    await expect(late).resolves.toEqual({ stored: false });
  });
});
