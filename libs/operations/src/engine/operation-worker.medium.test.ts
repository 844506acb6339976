import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
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
const boom = (): never => {
  throw new DrError('PRECONDITION_FAILED', 'the target is not as expected');
};

describe('an operation', () => {
  it('does every step once, in order, with two records a step, and ends settled', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const engine = await fixture.engine(bus, steps(ledger, 'a', 'b', 'c'));

    const { operationId } = await engine.begin({ runbook: 'move', params: { to: 'dr' } });
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });

    expect(view).toMatchObject({ state: 'completed', percent: 100, params: { to: 'dr' } });
    expect(ledger.history).toEqual(['+a', '+b', '+c']);
    await engine.stop();
    expect((await fixture.journalOf(bus, operationId)).map((record) => record.kind)).toEqual([
      ...['started', 'claimed', 'intent', 'done', 'intent', 'done', 'intent', 'done', 'ended', 'settled'],
    ]);
  });

  it('undoes newest first when a step fails before the point of no return', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const engine = await fixture.engine(bus, [...steps(ledger, 'a', 'b'), ledgerStep(ledger, 'c', { before: boom })]);

    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });

    expect(view).toMatchObject({ state: 'rolled-back', reason: 'the target is not as expected' });
    expect(ledger.history).toEqual(['+a', '+b', '-b', '-a']);
  });

  it('tries a retryable failure again and counts its attempts', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    let calls = 0;
    const flaky = ledgerStep(ledger, 'b', {
      attempts: 3,
      before: () => {
        calls += 1;
        if (calls < 3) throw new Error('connection reset');
      },
    });
    const engine = await fixture.engine(bus, [flaky]);

    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });

    expect(view.state).toBe('completed');
    expect(view.nodes[0]?.steps[0]?.attempt).toBe(3);
    expect(calls).toBe(3);
  });

  it('stops for a human past the point of no return, says the command, and goes on when resumed', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    let broken = true;
    const engine = await fixture.engine(bus, [
      ledgerStep(ledger, 'a'),
      ledgerStep(ledger, 'promote', { pointOfNoReturn: true }),
      ledgerStep(ledger, 'route', { before: () => (broken ? boom() : undefined) }),
    ]);

    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    const stopped = await engine.wait(operationId, { timeoutMs: 5_000 });
    expect(stopped.state).toBe('failed');
    expect(stopped.needs?.join('\n')).toContain(
      `nats req dr.${bus.estate}.command.failover.resume '{"operationId":"${operationId}"`,
    );
    await expect(engine.abort(operationId, 'ann', 'enough')).rejects.toMatchObject({ code: 'PAST_POINT_OF_NO_RETURN' });

    broken = false;
    await engine.resumeOperation(operationId, 'ann');
    const view = await reaches(engine, operationId, 'completed');
    expect(view.state).toBe('completed');
    expect(ledger.history).toEqual(['+a', '+promote', '+route']);
  });

  it('undoes what came before a point of no return that failed without effect, but not one whose effect is unknown', async () => {
    const bus = await fixture.bus();
    const without = new Ledger();
    const first = await fixture.engine(bus, [
      ledgerStep(without, 'a'),
      ledgerStep(without, 'promote', { pointOfNoReturn: true, before: boom }),
    ]);
    const undone = await first.begin({ runbook: 'move', params: {} });
    expect((await first.wait(undone.operationId, { timeoutMs: 5_000 })).state).toBe('rolled-back');
    expect(without.history).toEqual(['+a', '-a']);
    await first.stop();

    const half = new Ledger();
    const second = await fixture.engine(bus, [
      ledgerStep(half, 'a'),
      ledgerStep(half, 'promote', { pointOfNoReturn: true, after: boom }),
    ]);
    const kept = await second.begin({ runbook: 'move', params: {} });
    expect((await second.wait(kept.operationId, { timeoutMs: 5_000 })).state).toBe('failed');
    expect(half.history).toEqual(['+a', '+promote']);
  });

  it('lets the siblings of a failed step finish, then undoes the group', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const gate = aGate();
    const engine = await fixture.engine(bus, [
      ledgerStep(ledger, 'a'),
      {
        name: 'group',
        parallel: [
          ledgerStep(ledger, 'slow', { before: () => gate.opened }),
          ledgerStep(ledger, 'bad', { before: boom }),
          ledgerStep(ledger, 'quick'),
        ],
      },
    ]);

    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await stepReaches(engine, operationId, 'bad', 'failed');
    expect(ledger.history).toEqual(['+a', '+quick']);
    gate.open();
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('rolled-back');
    expect(ledger.history).toEqual(['+a', '+quick', '+slow', '-quick', '-slow', '-a']);
  });

  it('ends a step that does not end by itself, and takes the timeout for a failure', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const engine = await fixture.engine(bus, [
      ledgerStep(ledger, 'deaf', { timeoutMs: 50, before: () => new Promise(() => {}) }),
    ]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });
    expect(view.state).toBe('rolled-back');
    expect(view.nodes[0]?.steps[0]?.error).toMatchObject({ code: 'TIMEOUT' });
  });

  it('gives probe, run and verify together no more than the time of the step', async () => {
    const bus = await fixture.bus();
    let ranMs = 0;
    const before = async ({ signal }: StepContext): Promise<void> => {
      const begun = performance.now();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      ranMs = performance.now() - begun;
    };
    const step = ledgerStep(new Ledger(), 'slow', { timeoutMs: 4_000, before });
    const probe = step.probe.bind(step);
    const engine = await fixture.engine(bus, [
      { ...step, probe: (context) => sleep(3_000).then(() => probe(context)) },
    ]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    const view = await engine.wait(operationId, { timeoutMs: 20_000 });

    expect(view.nodes[0]?.steps[0]?.error).toMatchObject({ code: 'TIMEOUT' });
    // What the probe has left, and not four seconds once more.
    expect(ranMs).toBeLessThan(3_500);
  });

  it('is begun once for one id', async () => {
    const bus = await fixture.bus();
    const ledger = new Ledger();
    const engine = await fixture.engine(bus, steps(ledger, 'a'));
    await Promise.all([1, 2, 3].map(() => engine.begin({ runbook: 'move', params: {}, operationId: 'once' })));
    await engine.wait('once', { timeoutMs: 5_000 });
    expect(ledger.history).toEqual(['+a']);
  });
});
