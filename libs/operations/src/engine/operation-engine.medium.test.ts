import { randomUUID } from 'node:crypto';
import { Bus, ContractRegistry, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { DrError } from '@novacron/contracts';
import { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/record.js';
import type { Runbook, RunbookNode } from '../steps/runbook.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';
import { type EngineOptions, OperationEngine } from './operation-engine.js';

let nats: RunningNats;
const noMessages = new ContractRegistry([], []);
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  nats = await startNatsServer();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await nats.stop();
});

async function aBus(estate = `e${randomUUID().slice(0, 8)}`): Promise<Bus> {
  const bus = await Bus.connect({ url: nats.url, service: 'failover', instance: '1', estate, logger: silentLogger });
  await provisionBus(bus.connection, { estate, registry: noMessages });
  closing.push(() => bus.close());
  return bus;
}

async function anEngine(
  bus: Bus,
  nodes: readonly RunbookNode<unknown>[],
  options: Partial<EngineOptions> & { runbook?: Partial<Runbook> } = {},
): Promise<OperationEngine> {
  const runbook: Runbook = { name: 'move', version: '1', nodes, ...options.runbook };
  const engine = new OperationEngine({
    ...{ bus, service: 'failover', runbooks: [runbook], logger: silentLogger, leaseTtlMs: 1_000 },
    ...options,
    timing: { scanMs: 100, backoffMs: 10, maxBackoffMs: 50, graceMs: 200, ...options.timing },
  });
  await engine.start();
  closing.push(() => engine.stop(100));
  return engine;
}

async function journalOf(bus: Bus, operationId: string): Promise<JournalRecord[]> {
  const journal = await Journal.open(bus, 2_000);
  return (await journal.read(operationId)).map((stored) => stored.record);
}

const steps = (ledger: Ledger, ...names: string[]) => names.map((name) => ledgerStep(ledger, name));
const boom = (): never => {
  throw new DrError('PRECONDITION_FAILED', 'the target is not as expected');
};

describe('an operation', () => {
  it('does every step once, in order, with two records a step, and ends settled', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const engine = await anEngine(bus, steps(ledger, 'a', 'b', 'c'));

    const { operationId } = await engine.begin({ runbook: 'move', params: { to: 'dr' } });
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });

    expect(view).toMatchObject({ state: 'completed', percent: 100, params: { to: 'dr' } });
    expect(ledger.history).toEqual(['+a', '+b', '+c']);
    await engine.stop();
    expect((await journalOf(bus, operationId)).map((record) => record.kind)).toEqual([
      ...['started', 'claimed', 'intent', 'done', 'intent', 'done', 'intent', 'done', 'ended', 'settled'],
    ]);
  });

  it('undoes newest first when a step fails before the point of no return', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const engine = await anEngine(bus, [...steps(ledger, 'a', 'b'), ledgerStep(ledger, 'c', { before: boom })]);

    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });

    expect(view).toMatchObject({ state: 'rolled-back', reason: 'the target is not as expected' });
    expect(ledger.history).toEqual(['+a', '+b', '-b', '-a']);
  });

  it('tries a retryable failure again and counts its attempts', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    let calls = 0;
    const flaky = ledgerStep(ledger, 'b', {
      attempts: 3,
      before: () => {
        calls += 1;
        if (calls < 3) throw new Error('connection reset');
      },
    });
    const engine = await anEngine(bus, [flaky]);

    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });

    expect(view.state).toBe('completed');
    expect(view.nodes[0]?.steps[0]?.attempt).toBe(3);
    expect(calls).toBe(3);
  });

  it('stops for a human past the point of no return, says the command, and goes on when resumed', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    let broken = true;
    const engine = await anEngine(bus, [
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
    const view = await waitFor(engine, operationId, 'completed');
    expect(view.state).toBe('completed');
    expect(ledger.history).toEqual(['+a', '+promote', '+route']);
  });

  it('undoes what came before a point of no return that failed without effect, but not one whose effect is unknown', async () => {
    const bus = await aBus();
    const without = new Ledger();
    const first = await anEngine(bus, [
      ledgerStep(without, 'a'),
      ledgerStep(without, 'promote', { pointOfNoReturn: true, before: boom }),
    ]);
    const undone = await first.begin({ runbook: 'move', params: {} });
    expect((await first.wait(undone.operationId, { timeoutMs: 5_000 })).state).toBe('rolled-back');
    expect(without.history).toEqual(['+a', '-a']);
    await first.stop();

    const half = new Ledger();
    const second = await anEngine(bus, [
      ledgerStep(half, 'a'),
      ledgerStep(half, 'promote', { pointOfNoReturn: true, after: boom }),
    ]);
    const kept = await second.begin({ runbook: 'move', params: {} });
    expect((await second.wait(kept.operationId, { timeoutMs: 5_000 })).state).toBe('failed');
    expect(half.history).toEqual(['+a', '+promote']);
  });

  it('lets the siblings of a failed step finish, then undoes the group', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const gate = Promise.withResolvers<void>();
    const engine = await anEngine(bus, [
      ledgerStep(ledger, 'a'),
      {
        name: 'group',
        parallel: [
          ledgerStep(ledger, 'slow', { before: () => gate.promise }),
          ledgerStep(ledger, 'bad', { before: boom }),
          ledgerStep(ledger, 'quick'),
        ],
      },
    ]);

    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await eventuallyTrue(async () => (await engine.status(operationId)).nodes[1]?.steps[1]?.status === 'failed');
    expect(ledger.history).toEqual(['+a', '+quick']);
    gate.resolve();
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('rolled-back');
    expect(ledger.history).toEqual(['+a', '+quick', '+slow', '-quick', '-slow', '-a']);
  });

  it('ends a step that does not end by itself, and takes the timeout for a failure', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const engine = await anEngine(bus, [
      ledgerStep(ledger, 'deaf', { timeoutMs: 50, before: () => new Promise(() => {}) }),
    ]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });
    expect(view.state).toBe('rolled-back');
    expect(view.nodes[0]?.steps[0]?.error).toMatchObject({ code: 'TIMEOUT' });
  });

  it('is begun once for one id', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const engine = await anEngine(bus, steps(ledger, 'a'));
    await Promise.all([1, 2, 3].map(() => engine.begin({ runbook: 'move', params: {}, operationId: 'once' })));
    await engine.wait('once', { timeoutMs: 5_000 });
    expect(ledger.history).toEqual(['+a']);
  });
});

describe('humans', () => {
  const approval = (approvals: number, expiresAfterMs = 60_000): RunbookNode<unknown> => ({
    name: 'ask',
    approval: { title: 'may we?', approvals, expiresAfterMs, reason: () => 'because' },
  });

  it('need two different persons where two are asked', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const engine = await anEngine(bus, [approval(2), ledgerStep(ledger, 'a')]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await waitFor(engine, operationId, 'waiting');

    await engine.approve(operationId, 'ann');
    await expect(engine.approve(operationId, ' Ann ')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(ledger.history).toEqual([]);
    await engine.approve(operationId, 'bob');
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('completed');
  });

  it('who do not answer in time let the operation be undone', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const engine = await anEngine(bus, [ledgerStep(ledger, 'a'), approval(1, 100), ledgerStep(ledger, 'b')]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('rolled-back');
    expect(ledger.history).toEqual(['+a', '-a']);
  });

  it('abort what runs: its signal ends it, and it is undone', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const begun = Promise.withResolvers<void>();
    const engine = await anEngine(bus, [
      ledgerStep(ledger, 'a'),
      ledgerStep(ledger, 'b', {
        before: async ({ signal }) => {
          begun.resolve();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      }),
    ]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await begun.promise;
    await engine.abort(operationId, 'ann', 'wrong site');
    const view = await engine.wait(operationId, { timeoutMs: 5_000 });
    expect(view).toMatchObject({ state: 'aborted', reason: 'wrong site' });
    expect(ledger.history).toEqual(['+a', '-a']);
  });

  it('pause and resume through another process of the service', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const before = (): Promise<void> => {
      begun.resolve();
      return gate.promise;
    };
    const nodes = [ledgerStep(ledger, 'a', { before }), ledgerStep(ledger, 'b')];
    const engine = await anEngine(bus, nodes);
    const other = await anEngine(await aBus(bus.estate), nodes);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await begun.promise;
    await other.pause(operationId, 'ann', 'lunch');
    await eventuallyTrue(async () => (await engine.status(operationId)).paused !== undefined);
    gate.resolve();
    await eventuallyTrue(async () => (await engine.status(operationId)).nodes[0]?.steps[0]?.status === 'done');
    expect((await engine.status(operationId)).state).toBe('waiting');
    expect(ledger.history).toEqual(['+a']);
    await other.resumeOperation(operationId, 'ann');
    expect((await engine.wait(operationId, { timeoutMs: 5_000 })).state).toBe('completed');
  });
});

describe('what else is promised', () => {
  it('refuses a second operation under the same word and names the first, also from another process', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const gate = Promise.withResolvers<void>();
    const nodes = [ledgerStep(ledger, 'a', { before: () => gate.promise })];
    const runbook = { exclusive: 'failover' };
    const engines = [
      await anEngine(bus, nodes, { runbook }),
      await anEngine(await aBus(bus.estate), nodes, { runbook }),
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

    gate.resolve();
    await engines[0]?.wait(begun[0] ?? '', { timeoutMs: 5_000 });
    await expect(engines[1]?.begin({ runbook: 'move', params: {} })).resolves.toBeDefined();
  });

  it('is never early with a wait, and finds its due time in the journal', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const nodes: RunbookNode<unknown>[] = [
      { name: 'watch', title: 'watches', waitFor: () => 400 },
      ledgerStep(ledger, 'a'),
    ];
    const first = await anEngine(bus, nodes);
    const begun = performance.now();
    const { operationId } = await first.begin({ runbook: 'move', params: {} });
    await waitFor(first, operationId, 'waiting');
    await first.stop();
    const second = await anEngine(bus, nodes);
    expect((await second.wait(operationId, { timeoutMs: 5_000 })).state).toBe('completed');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(399);
    expect((await journalOf(bus, operationId)).filter((record) => record.kind === 'waiting')).toHaveLength(1);
  });

  it('tells every record once and in order when nothing dies, and again what a dead process may not have told', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const told: string[] = [];
    let deaf = true;
    const onRecord = async (record: JournalRecord): Promise<void> => {
      if (deaf && record.kind === 'done') throw new DrError('BUS_UNAVAILABLE', 'not now');
      told.push(`${record.n} ${record.kind}`);
    };
    const nodes = steps(ledger, 'a');
    const first = await anEngine(bus, nodes, { onRecord });
    const { operationId } = await first.begin({ runbook: 'move', params: {} });
    await first.wait(operationId, { timeoutMs: 5_000 });
    await first.stop(50);
    expect(told).toEqual(['1 started', '2 claimed', '3 intent']);

    deaf = false;
    await anEngine(bus, nodes, { onRecord });
    await eventuallyTrue(async () => (await journalOf(bus, operationId)).at(-1)?.kind === 'settled');
    expect(told.slice(-3)).toEqual(['4 done', '5 ended', '6 claimed']);
    expect(new Set(told).size).toBe(6);
  });

  it('estimates from past runs and plans without changing anything', async () => {
    const bus = await aBus();
    const ledger = new Ledger();
    const slow = ledgerStep(ledger, 'a', { before: () => new Promise((resolve) => setTimeout(resolve, 60)) });
    const engine = await anEngine(bus, [slow, ledgerStep(ledger, 'b')]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await engine.wait(operationId, { timeoutMs: 5_000 });
    ledger.undo('b');
    await eventuallyTrue(async () => (await engine.plan('move', {})).estimateMs !== undefined);

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
    const bus = await aBus();
    const ledger = new Ledger();
    const stuck = ledgerStep(ledger, 'b', {
      before: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    });
    const first = await anEngine(bus, [ledgerStep(ledger, 'a'), stuck]);
    const { operationId } = await first.begin({ runbook: 'move', params: {} });
    await eventuallyTrue(async () => (await first.status(operationId)).nodes[1]?.steps[0]?.status === 'open');
    await first.stop(10);

    const newer = await anEngine(bus, steps(ledger, 'a', 'c'), { runbook: { version: '2' } });
    const view = await newer.wait(operationId, { timeoutMs: 5_000 });
    expect(view).toMatchObject({ state: 'failed', version: '1' });
    expect(view.needs?.[0]).toContain('step b');
    await newer.stop();

    const older = await anEngine(bus, steps(ledger, 'a', 'b'));
    await older.resumeOperation(operationId, 'ann');
    await waitFor(older, operationId, 'completed');
    expect(ledger.history).toEqual(['+a', '+b']);
  });
});

describe('when something dies', () => {
  it('freezes without the bus and goes on by itself when it is back', async () => {
    const own = await startNatsServer();
    closing.push(() => own.stop());
    const bus = await Bus.connect({
      url: own.url,
      service: 'failover',
      instance: '1',
      estate: 'one',
      logger: silentLogger,
    });
    closing.push(() => bus.close());
    await provisionBus(bus.connection, { estate: 'one', registry: noMessages });
    const ledger = new Ledger();
    const gate = Promise.withResolvers<void>();
    let signalled = false;
    const engine = await anEngine(bus, [
      ledgerStep(ledger, 'a', {
        before: async ({ signal }) => {
          signal.addEventListener('abort', () => (signalled = true));
          await Promise.race([gate.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
        },
      }),
      ledgerStep(ledger, 'b'),
    ]);
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await eventuallyTrue(async () => (await engine.status(operationId)).nodes[0]?.steps[0]?.status === 'open');
    await own.kill();
    await eventuallyTrue(async () => signalled);
    gate.resolve();
    expect(ledger.history).toEqual([]);
    await own.restart();
    await eventuallyTrue(async () => ledger.present.has('b'), 20_000);
    expect((await engine.wait(operationId, { timeoutMs: 10_000 })).state).toBe('completed');
    expect(ledger.history).toEqual(['+a', '+b']);
  });

  it('refuses the late record of a worker that another has replaced', async () => {
    const bus = await aBus();
    const journal = await Journal.open(bus, 2_000);
    const ledger = new Ledger();
    const engine = await anEngine(bus, steps(ledger, 'a'));
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await engine.wait(operationId, { timeoutMs: 5_000 });
    const records = await journal.read(operationId);
    const late = records[2];
    if (late === undefined) throw new Error('no record');
    await expect(journal.append({ ...late.record, id: 'late' }, records[1]?.sequence ?? 0)).resolves.toEqual({
      stored: false,
    });
  });
});

async function waitFor(engine: OperationEngine, operationId: string, state: string) {
  await eventuallyTrue(async () => (await engine.status(operationId)).state === state);
  return engine.status(operationId);
}

async function eventuallyTrue(look: () => Promise<boolean>, timeoutMs = 8_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
