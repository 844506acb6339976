import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@novacron/bus/testing';
import { DrError } from '@novacron/contracts';
import { jest } from '@jest/globals';
import { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/record.js';
import type { RunbookNode } from '../steps/runbook.js';
import type { Step, StepContext } from '../steps/step.js';
import { EngineFixture, reaches, stepReaches } from '../testing/engine-fixture.js';
import { aGate } from '../testing/gate.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';

let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await EngineFixture.start();
});
afterEach(() => fixture.clean());
afterAll(() => fixture.stop());

const steps = (ledger: Ledger, ...names: string[]): Step[] => names.map((name) => ledgerStep(ledger, name));

describe('what else is promised', () => {
  it('refuses a second operation under the same word and names the first, also from another process', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const gate = aGate();
    const nodes = [ledgerStep(ledger, 'a', { before: () => gate.opened })];
    const runbook = { exclusive: 'failover' };
    const engines = [
      await fixture.engine(bus, nodes, { runbook }),
      await fixture.engine(await fixture.bus(bus.estate), nodes, { runbook }),
    ];

    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) => engines[i % 2]?.begin({ runbook: 'move', params: {} })),
    );
    const begun = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value?.operationId] : []));
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as DrError] : []));
    expect(begun).toHaveLength(1);
    expect(refused.map((error) => [error.code, error.details[0]?.problem])).toEqual(
      Array.from({ length: 5 }, () => ['OPERATION_RUNNING', begun[0]]),
    );

    gate.open();
    await engines[0]?.wait(begun[0] ?? '', { timeoutMs: 5_000 });
    await expect(engines[1]?.begin({ runbook: 'move', params: {} })).resolves.toBeDefined();
  });

  it('is never early with a wait, and finds its due time in the journal', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const nodes: RunbookNode<unknown>[] = [
      { name: 'watch', title: 'watches', waitFor: () => 400 },
      ledgerStep(ledger, 'a'),
    ];
    const first = await fixture.engine(bus, nodes);
    const begun = performance.now();
    const { operationId } = await first.begin({ runbook: 'move', params: {} });
    await reaches(first, operationId, 'waiting');
    await first.stop();
    const second = await fixture.engine(bus, nodes);
    expect((await second.wait(operationId, { timeoutMs: 5_000 })).state).toBe('completed');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(399);
    expect((await fixture.journalOf(bus, operationId)).filter((record) => record.kind === 'waiting')).toHaveLength(1);
  });

  it('waits until a moment, and not at all until one that has passed', async () => {
    const bus = await fixture.bus();
    const due = Date.now() + 400;
    const engine = await fixture.engine(bus, [
      { name: 'past', title: '', waitFor: () => new Date(0) },
      { name: 'until', title: '', waitFor: () => new Date(due) },
      ledgerStep(new Ledger(), 'a'),
    ]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    expect((await engine.wait(operationId, { timeoutMs: 15_000 })).state).toBe('completed');
    const intent = (await fixture.journalOf(bus, operationId)).find((record) => record.kind === 'intent');
    expect(Date.parse(intent?.at ?? '')).toBeGreaterThanOrEqual(due);
  });

  it('tells every record once and in order when nothing dies, and again what a dead process may not have told', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const told: string[] = [];
    let deaf = true;
    const onRecord = async (record: JournalRecord): Promise<void> => {
      if (deaf && record.kind === 'done') throw new DrError('BUS_UNAVAILABLE', 'not now');
      told.push(`${record.n} ${record.kind}`);
    };
    const nodes = steps(ledger, 'a');
    const first = await fixture.engine(bus, nodes, { onRecord });
    const { operationId } = await first.begin({ runbook: 'move', params: {} });
    await first.wait(operationId, { timeoutMs: 5_000 });
    await first.stop(50);
    expect(told).toEqual(['1 started', '2 claimed', '3 intent']);

    deaf = false;
    await fixture.engine(bus, nodes, { onRecord });
    await eventually(async () => (await fixture.journalOf(bus, operationId)).at(-1)?.kind === 'settled');
    expect(told.slice(-3)).toEqual(['4 done', '5 ended', '6 claimed']);
    expect(new Set(told).size).toBe(6);
  });

  it('leaves in time although a listener never returns, and the next worker tells it', async () => {
    const bus = await fixture.bus();
    const nodes = steps(new Ledger(), 'a');
    const first = await fixture.engine(bus, nodes, { onRecord: () => new Promise(() => {}) });
    const { operationId } = await first.begin({ runbook: 'move', params: {} });
    await reaches(first, operationId, 'completed');
    const left = await Promise.race([first.stop(10).then(() => 'left'), sleep(10_000, 'hangs', { ref: false })]);
    expect(left).toBe('left');

    const told: string[] = [];
    await fixture.engine(bus, nodes, { onRecord: async ({ kind }) => void told.push(kind) });
    await eventually(() => told.includes('ended'));
    expect(told[0]).toBe('started');
  });

  it('finds the operation that waits for a human without reading the journals of all that have ended', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const before = ({ params }: StepContext): void => {
      if (params === 'stop') throw new DrError('PRECONDITION_FAILED', 'not so');
    };
    const nodes = [ledgerStep(ledger, 'promote', { pointOfNoReturn: true, after: before })];
    const first = await fixture.engine(bus, nodes);
    for (const params of ['stop', ...Array.from({ length: 20 }, () => 'go')]) {
      ledger.undo('promote');
      const { operationId } = await first.begin({ runbook: 'move', params });
      await first.wait(operationId, { timeoutMs: 15_000 });
    }
    await first.stop();

    const second = await fixture.engine(bus, nodes);
    const reads = jest.spyOn(Journal.prototype, 'read');
    const failed = await second.list({ state: 'failed' });
    expect(failed.map((view) => view.params)).toEqual(['stop']);
    expect(reads.mock.calls.length).toBeLessThan(3);
    reads.mockRestore();
    expect(await second.list({ state: 'completed' })).toHaveLength(20);
  });

  it('estimates from past runs and plans without changing anything', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const slow = ledgerStep(ledger, 'a', { before: () => new Promise((resolve) => setTimeout(resolve, 60)) });
    const engine = await fixture.engine(bus, [slow, ledgerStep(ledger, 'b')]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await engine.wait(operationId, { timeoutMs: 5_000 });
    ledger.undo('b');
    await eventually(async () => (await engine.plan('move', {})).estimateMs !== undefined);

    const before = [...ledger.history];
    const plan = await engine.plan('move', {});
    expect(plan.estimateMs).toBeGreaterThanOrEqual(50);
    expect(plan.nodes.map((node) => node.steps[0])).toMatchObject([
      { name: 'a', changes: ['adds a'], effect: 'present' },
      { name: 'b', changes: ['adds b'], effect: 'absent' },
    ]);
    expect(ledger.history).toEqual(before);
  });

  it('keeps the runbook it started with, and says what is missing in a newer program', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const stuck = ledgerStep(ledger, 'b', {
      before: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    });
    const first = await fixture.engine(bus, [ledgerStep(ledger, 'a'), stuck]);
    const { operationId } = await first.begin({ runbook: 'move', params: {} });
    await stepReaches(first, operationId, 'b', 'open');
    await first.stop(10);

    const newer = await fixture.engine(bus, steps(ledger, 'a', 'c'), { runbook: { version: '2' } });
    const view = await newer.wait(operationId, { timeoutMs: 5_000 });
    expect(view).toMatchObject({ state: 'failed', version: '1' });
    expect(view.needs?.[0]).toContain('step b');
    await newer.stop();

    const older = await fixture.engine(bus, steps(ledger, 'a', 'b'));
    await older.resumeOperation(operationId, 'ann');
    await reaches(older, operationId, 'completed');
    expect(ledger.history).toEqual(['+a', '+b']);
  });
});
