import { eventually } from '@novacron/bus/testing';
import { DrError } from '@novacron/contracts';
import type { RunbookNode } from '../steps/runbook.js';
import { EngineFixture, reaches, stepReaches } from '../testing/engine-fixture.js';
import { aGate } from '../testing/gate.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';

let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await EngineFixture.start();
});
afterEach(() => fixture.clean());
afterAll(() => fixture.stop());

describe('humans', () => {
  const approval = (approvals: number, expiresAfterMs = 60_000): RunbookNode<unknown> => ({
    name: 'ask',
    approval: { title: 'may we?', approvals, expiresAfterMs, reason: () => 'because' },
  });

  it('need two different persons where two are asked', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const engine = await fixture.engine(bus, [approval(2), ledgerStep(ledger, 'a')]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await reaches(engine, operationId, 'waiting');

    await engine.approve(operationId, 'ann');
    await expect(engine.approve(operationId, ' Ann ')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(ledger.history).toEqual([]);
    await engine.approve(operationId, 'bob');
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('completed');
  });

  it('who do not answer in time let the operation be undone', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const engine = await fixture.engine(bus, [ledgerStep(ledger, 'a'), approval(1, 100), ledgerStep(ledger, 'b')]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('rolled-back');
    expect(ledger.history).toEqual(['+a', '-a']);
  });

  it('abort what runs: its signal ends it, and it is undone', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const begun = aGate();
    const engine = await fixture.engine(bus, [
      ledgerStep(ledger, 'a'),
      ledgerStep(ledger, 'b', {
        before: async ({ signal }) => {
          begun.open();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      }),
    ]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await begun.opened;
    await engine.abort(operationId, 'ann', 'wrong site');
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });
    expect(view).toMatchObject({ state: 'aborted', reason: 'wrong site' });
    expect(ledger.history).toEqual(['+a', '-a']);
  });

  it('go on without a failed step that allows it, and without no other', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const fail = (): never => {
      throw new DrError('UNREACHABLE', 'gone', { retryable: false });
    };
    const nodes: RunbookNode<unknown>[] = [
      ledgerStep(ledger, 'promote', { pointOfNoReturn: true }),
      {
        name: 'switch',
        parallel: [
          { ...ledgerStep(ledger, 'names', { before: fail }), skippable: true },
          ledgerStep(ledger, 'route', { before: () => routed() }),
        ],
      },
      ledgerStep(ledger, 'look'),
    ];
    let broken = true;
    const routed = (): void => {
      if (broken) fail();
    };
    const engine = await fixture.engine(bus, nodes);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('failed');

    for (const step of ['route', 'promote', 'look', 'never']) {
      await expect(engine.resumeOperation(operationId, 'ann', 'because', step)).rejects.toMatchObject({
        code: 'CONFLICT',
        hint: 'without these it can: names',
      });
    }
    await engine.resumeOperation(operationId, 'ann', 'the name server is gone for good', 'names');
    await eventually(async () => (await engine.status(operationId)).nodes[1]?.steps[0]?.skipped?.by === 'ann');
    expect((await reaches(engine, operationId, 'failed')).needs?.join('\n')).not.toContain('names');
    broken = false;
    await engine.resumeOperation(operationId, 'ann');
    const view = await reaches(engine, operationId, 'completed');
    expect(view.nodes[1]?.steps[0]).toMatchObject({
      ...{ status: 'done', skipped: { by: 'ann', reason: 'the name server is gone for good' } },
    });
    expect([...view.results.keys()]).toEqual(['promote', 'route', 'look']);
    expect(ledger.history).toEqual(['+promote', '+route', '+look']);
  });

  it('pause and resume through another process of the service', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const gate = aGate();
    const begun = aGate();
    const before = (): Promise<void> => {
      begun.open();
      return gate.opened;
    };
    const nodes = [ledgerStep(ledger, 'a', { before }), ledgerStep(ledger, 'b')];
    const engine = await fixture.engine(bus, nodes);
    const other = await fixture.engine(await fixture.bus(bus.estate), nodes);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await begun.opened;
    await other.pause(operationId, 'ann', 'lunch');
    await eventually(async () => (await engine.status(operationId)).paused !== undefined);
    gate.open();
    await stepReaches(engine, operationId, 'a', 'done');
    expect((await engine.status(operationId)).state).toBe('waiting');
    expect(ledger.history).toEqual(['+a']);
    await other.resumeOperation(operationId, 'ann');
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('completed');
  });
});
