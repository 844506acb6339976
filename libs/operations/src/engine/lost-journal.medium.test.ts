import { jetstreamManager } from '@nats-io/jetstream';
import { type Bus, ContractRegistry, Leases, provisionBus, silentLogger } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import { DrError, streams } from '@novacron/contracts';
import type { StepContext } from '../steps/step.js';
import { EngineFixture } from '../testing/engine-fixture.js';
import { aGate } from '../testing/gate.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';

let fixture: EngineFixture;
beforeEach(async () => {
  fixture = await EngineFixture.start();
});
afterEach(() => fixture.stop());

const untilAborted = ({ signal }: StepContext): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

/** Counts what is appended to journals. */
function countAppends(bus: Bus): () => number {
  const publish = bus.jetstream.publish.bind(bus.jetstream);
  let appends = 0;
  bus.jetstream.publish = (subject, ...rest) => {
    if (subject.includes('.operation.')) appends += 1;
    return publish(subject, ...rest);
  };
  return () => appends;
}

it('an operation whose journal is purged under it is left alone with an error, and others go on', async () => {
  const bus = await fixture.bus();
  const appends = countAppends(bus);
  const errors: string[] = [];
  const logger = {
    ...silentLogger,
    error: (_text: string, fields?: object) => void errors.push(JSON.stringify(fields)),
  };
  const [entered, go] = [aGate(), aGate()];
  const ledger = new Ledger();
  const before = async ({ params }: StepContext): Promise<void> => {
    if (params === 'quick') return;
    entered.open();
    await go.opened;
  };
  const engine = await fixture.engine(bus, [ledgerStep(ledger, 'a', { before })], { logger });
  const { operationId } = await engine.begin({ runbook: 'move', params: 'slow' });
  await entered.opened;
  await (await jetstreamManager(bus.connection)).streams.purge(streams.operations.name);

  const appendsBefore = appends();
  go.open();
  await eventually(() => errors.some((each) => each.includes(operationId)), { what: 'the error' });
  await eventually(
    () =>
      engine.status(operationId).then(
        () => false,
        (error: unknown) => DrError.from(error).code === 'NOT_FOUND',
      ),
    {
      what: 'nobody works on it',
    },
  );
  // Not as fast as the server refuses, which is thousands.
  expect(appends() - appendsBefore).toBeLessThan(500);

  const next = await engine.begin({ runbook: 'move', params: 'quick' });
  expect((await engine.wait(next.operationId, { timeoutMs: 15_000 })).state).toBe('completed');
  expect((await engine.list()).map((view) => view.operationId)).toEqual([next.operationId]);
});

it('a stream of journals that is made anew is read from its beginning: what others leave there is taken over', async () => {
  const bus = await fixture.bus();
  const ledger = new Ledger();
  const heir = await fixture.engine(bus, [ledgerStep(ledger, 'a')]);
  for (let n = 0; n < 5; n += 1) {
    const { operationId } = await heir.begin({ runbook: 'move', params: {} });
    await heir.wait(operationId, { timeoutMs: 15_000 });
  }
  ledger.undo('a');

  await (await jetstreamManager(bus.connection)).streams.delete(streams.operations.name);
  await provisionBus(bus.connection, { estate: bus.estate, registry: new ContractRegistry([], []) });
  const stuck = [ledgerStep(ledger, 'a', { before: untilAborted })];
  const leaver = await fixture.engine(await fixture.bus(bus.estate), stuck);
  const { operationId } = await leaver.begin({ runbook: 'move', params: {} });
  await leaver.stop(1);

  expect((await heir.wait(operationId, { timeoutMs: 15_000 })).state).toBe('completed');
  expect(ledger.history).toEqual(['+a', '-a', '+a']);
});

it('an operation goes on after the bucket of the leases was made anew, under a greater token', async () => {
  const bus = await fixture.bus();
  const ledger = new Ledger();
  const tokens: number[] = [];
  const entered = aGate();
  const before = async (context: StepContext): Promise<void> => {
    tokens.push(context.token);
    entered.open();
    if (tokens.length === 1) await untilAborted(context);
  };
  // What many leases before have counted up to.
  const leases = await Leases.open({ connection: bus.connection, estate: bus.estate, logger: silentLogger });
  for (let n = 0; n < 100; n += 1) await (await leases.acquire('x', 'a')).release();
  const engine = await fixture.engine(bus, [ledgerStep(ledger, 'a', { before })]);
  const { operationId } = await engine.begin({ runbook: 'move', params: {} });
  await entered.opened;

  await (await jetstreamManager(bus.connection)).streams.delete('KV_DR_LEASES');
  await provisionBus(bus.connection, { estate: bus.estate, registry: new ContractRegistry([], []) });

  expect((await engine.wait(operationId, { timeoutMs: 20_000 })).state).toBe('completed');
  expect(ledger.history).toEqual(['+a']);
  expect(tokens).toHaveLength(2);
  expect(tokens[1]).toBeGreaterThan(tokens[0] ?? Infinity);
});
