import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { Bus, ContractRegistry, JetStreamStrategy, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type NatsProcess, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { contractOf, type Delivered, type EventContract, EscalationRaised, VantageLost } from '@novacron/contracts';
import { OperationEngine, type StepContext } from '@novacron/operations';
import { Traffic } from './traffic.js';

const whole = process.env['DR_CHAOS'] === 'whole';
const estate = 'chaos';
const perSecond = 500;
/** How long servers may take for what they always come to: three of them on two cores that others use too. */
const patienceMs = 240_000;
/** How long a server may need to catch up at one pace, before traffic takes half of it. */
const paceMs = 30_000;
/** How often every server is killed. */
const rounds = whole ? 5 : 1;
/** How long it goes on without, and with again, the server that was killed. */
const breathMs = whole ? 2_000 : 300;

const cause = contractOf(VantageLost) as EventContract;
const effect = contractOf(EscalationRaised) as EventContract;
const registry = new ContractRegistry([cause, { ...effect, consumers: [] }], []);

let nats: RunningNats;
let publisher: Bus;
let consumers: { bus: Bus; strategy: JetStreamStrategy }[] = [];
/** How to end what a test has begun, also one that failed. */
const closing: (() => Promise<void>)[] = [];
/** The events whose handler has returned; more than once where the acknowledgement was lost. */
const handled = new Set<string>();

const connect = (service: string, instance: string): Promise<Bus> =>
  Bus.connect({ url: nats.url, service, instance, estate, logger: silentLogger, registry });

beforeAll(async () => {
  nats = await startNatsServer({ cluster: 3 });
  publisher = await connect('health-monitor', '1');
  await provisionBus(publisher.connection, { estate, registry, replicas: 3, timeoutMs: 120_000 });
  consumers = await Promise.all(['1', '2'].map(consume));
}, 200_000);
afterAll(async () => {
  for (const close of closing) await close();
  await Promise.all(consumers.map(({ strategy }) => strategy.close()));
  await Promise.all([publisher, ...consumers.map(({ bus }) => bus)].map((bus) => bus?.close()));
  await nats?.stop();
}, 120_000);

/** An instance of a service whose effect of each event is an event of its own, made once by its id however often it is tried. */
async function consume(instance: string): Promise<{ bus: Bus; strategy: JetStreamStrategy }> {
  const bus = await connect('notifier', instance);
  const strategy = new JetStreamStrategy({ bus, version: '1.0.0' });
  const handler = async (event: Delivered<VantageLost>): Promise<void> => {
    await bus.publish(
      new EscalationRaised({ incident: event.entity, audience: 'operations', reason: 'chaos', level: 1 }),
      {
        id: `effect:${event.id}`,
        timeoutMs: 60_000,
      },
    );
    handled.add(event.id);
  };
  strategy.addHandler(VantageLost, handler as Parameters<typeof strategy.addHandler>[1], true);
  await new Promise<void>((done) => void strategy.listen(() => done()));
  return { bus, strategy };
}

/** The ids of all stored events of a kind; a cluster that has just come together may need more than one asking. */
async function stored(contract: EventContract): Promise<string[]> {
  for (const deadlineMs = performance.now() + 60_000; ;) {
    try {
      return await readStored(contract);
    } catch (error) {
      if (!isNatsTimeout(error) || performance.now() > deadlineMs) throw error;
    }
  }
}

function isNatsTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

async function readStored(contract: EventContract): Promise<string[]> {
  const filter = `dr.${estate}.event.${contract.service}.${contract.eventName}.*`;
  const manager = await jetstreamManager(publisher.connection, { timeout: 5_000, checkAPI: false });
  // How many there are is the leader's word: a consumer made for one reading may be with a server that is still behind.
  const { state } = await manager.streams.info('DR_EVENTS', { subjects_filter: filter });
  const count = Object.values(state.subjects ?? {}).reduce((sum, each) => sum + each, 0);
  const consumer = await publisher.jetstream.consumers.get('DR_EVENTS', {
    filter_subjects: [filter],
    headers_only: true,
  });
  const ids: string[] = [];
  // As long as something comes: there may be tens of thousands, and three servers that have just been killed on two cores.
  for (let deadlineMs = performance.now() + 30_000; ids.length < count && performance.now() < deadlineMs;) {
    const batch = await consumer.fetch({ max_messages: Math.min(1_000, count - ids.length), expires: 5_000 });
    for await (const message of batch) {
      ids.push(message.headers?.get('ce-id') ?? '');
      deadlineMs = performance.now() + 30_000;
    }
  }
  expect(ids).toHaveLength(count);
  return ids;
}

async function cluster(): Promise<{ leader: NatsProcess | undefined; whole: boolean }> {
  const manager = await jetstreamManager(publisher.connection, { timeout: 2_000, checkAPI: false });
  const info = await manager.streams.info('DR_EVENTS');
  const replicas = info.cluster?.replicas ?? [];
  return {
    leader: nats.servers.find(({ name }) => name === info.cluster?.leader),
    whole: replicas.length === 2 && replicas.every(({ current, offline }) => current && !offline),
  };
}

async function killInTurn(traffic: Traffic): Promise<void> {
  const leader = await eventually(async () => (await cluster()).leader);
  for (const server of [leader, ...nats.servers.filter((each) => each !== leader)]) {
    await server.kill();
    const before = traffic.acknowledged.size;
    await eventually(() => traffic.acknowledged.size > before + perSecond / 5, {
      timeoutMs: patienceMs,
      what: `publishing goes on without ${server.name}`,
    });
    await sleep(breathMs);
    await server.restart();
    await caughtUp(server, traffic);
  }
}

/** Under full traffic where the machine can, under less where it cannot. */
async function caughtUp(server: NatsProcess, traffic: Traffic): Promise<void> {
  const slower = setInterval(() => traffic.slower(), paceMs);
  try {
    await eventually(async () => (await cluster()).whole, {
      ...{ timeoutMs: patienceMs, pauseMs: 100, what: `${server.name} has caught up` },
    });
  } finally {
    clearInterval(slower);
    traffic.fullPace();
  }
}

async function everyEffectOnce(acknowledged: ReadonlySet<string>): Promise<void> {
  await eventually(() => [...acknowledged].every((id) => handled.has(id)), {
    ...{ timeoutMs: patienceMs, pauseMs: 200, what: 'every acknowledged event is handled' },
  });
  const events = await stored(cause);
  expect(new Set(events).size).toBe(events.length);
  const all = new Set(events);
  expect([...acknowledged].filter((id) => !all.has(id))).toEqual([]);
  // Also what was given up may have been stored: its effect is then owed like any other.
  const effects = await eventually(
    async () => {
      const ids = await stored(effect);
      return ids.length >= events.length ? ids : undefined;
    },
    { timeoutMs: patienceMs, pauseMs: 200, what: 'every event has its effect' },
  );
  expect(effects.toSorted()).toEqual(events.map((id) => `effect:${id}`).toSorted());
}

describe('three servers under 500 events a second', () => {
  it(
    'each killed in turn, the leader first: every acknowledged event is delivered, effects once',
    async () => {
      const traffic = new Traffic(publisher, patienceMs, 'turn');
      traffic.start(perSecond);
      try {
        for (let round = 0; round < rounds; round += 1) await killInTurn(traffic);
      } finally {
        await traffic.stop();
      }

      expect({ refused: [...traffic.refused], why: [...traffic.reasons] }).toEqual({ refused: [], why: [] });
      expect(traffic.acknowledged.size).toBe(traffic.published);
      await everyEffectOnce(traffic.acknowledged);
      const manager = await jetstreamManager(publisher.connection, { timeout: 5_000, checkAPI: false });
      expect((await manager.streams.info('DR_DEAD_LETTERS')).state.messages).toBe(0);
    },
    whole ? 1_500_000 : 400_000,
  );

  it('without a quorum publishers get an error and operations freeze; both go on by themselves', async () => {
    const bus = await connect('failover', '1');
    const effects: string[] = [];
    let entered = 0;
    let frozen = false;
    const step = (name: string, before: (context: StepContext) => Promise<void>) => ({
      ...{ name, title: `makes ${name}`, timeoutMs: 60_000, attempts: 1 },
      probe: async () => (effects.includes(name) ? { effect: name } : undefined),
      run: async (context: StepContext) => {
        await before(context);
        context.signal.throwIfAborted();
        effects.push(name);
        return { effect: name };
      },
      verify: async () => {},
    });
    const untilStopped = async ({ signal }: StepContext): Promise<void> => {
      entered += 1;
      if (entered > 1) return;
      await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
      frozen = true;
    };
    const engine = new OperationEngine({
      ...{ bus, service: 'failover', logger: silentLogger, leaseTtlMs: 1_000 },
      timing: { scanMs: 100, backoffMs: 10, maxBackoffMs: 50 },
      runbooks: [{ name: 'move', version: '1', nodes: [step('a', untilStopped), step('b', async () => {})] }],
    });
    await engine.start();
    const traffic = new Traffic(publisher, 3_000, 'quorum');
    closing.push(
      () => traffic.stop(),
      () => engine.stop(),
      () => bus.close(),
    );
    const { operationId } = await engine.begin({ runbook: 'move', params: {} });
    await eventually(() => entered === 1);

    const lost = nats.servers.slice(1);
    await Promise.all(lost.map((server) => server.kill()));
    traffic.start(perSecond);
    await eventually(() => frozen, { what: 'the step is told to stop' });
    await eventually(() => (traffic.refused.get('BUS_UNAVAILABLE') ?? 0) > 0, { what: 'publishers get an error' });
    expect(effects).toEqual([]);
    // What one of three servers confirmed would be gone with it.
    expect(traffic.acknowledged.size).toBe(0);
    expect([...traffic.refused.keys()]).toEqual(['BUS_UNAVAILABLE']);

    await Promise.all(lost.map((server) => server.restart()));
    const before = traffic.acknowledged.size;
    await eventually(() => traffic.acknowledged.size > before + perSecond, {
      ...{ timeoutMs: patienceMs, what: 'publishing goes on' },
    });
    await traffic.stop();
    await expect(engine.wait(operationId, { timeoutMs: patienceMs })).resolves.toMatchObject({ state: 'completed' });
    expect(effects).toEqual(['a', 'b']);
    await everyEffectOnce(traffic.acknowledged);
  }, 600_000);
});
