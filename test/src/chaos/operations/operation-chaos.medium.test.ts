import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bus, ContractRegistry, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { Journal, OperationEngine, type JournalRecord } from '@novacron/operations';
import { Effects } from './effects.js';
import { entered, go, twelveSteps, type TwelveStepsParams } from './twelve-steps.js';
import { leaseTtlMs, type VictimOrders } from './victim-orders.js';
import { killVictims, startVictim } from './victims.js';

const whole = process.env['DR_CHAOS'] === 'whole';
const estate = 'chaos';
/** Victims at a time: what two cores bear. */
const abreast = 6;

let nats: RunningNats;
let bus: Bus;
let folder: string;
let cases = 0;

const timeoutMs = whole ? 1_200_000 : 120_000;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dr-chaos-'));
  nats = await startNatsServer();
  bus = await Bus.connect({ url: nats.url, service: 'chaos', instance: '1', estate, logger: silentLogger });
  await provisionBus(bus.connection, { estate, registry: new ContractRegistry([], []) });
});
afterAll(async () => {
  killVictims();
  await bus.close();
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A new operation in a world of its own. Its service is its own too, so that no other test's worker takes it up. */
function aCase(params: Omit<TwelveStepsParams, 'folder'> = {}): VictimOrders {
  cases += 1;
  const operationId = `case-${cases}`;
  return {
    ...{ url: nats.url, estate, service: `worker-${cases}`, operationId },
    params: { folder: join(folder, operationId), ...params },
  };
}

/** What is there in the end, told apart by what happened to each effect and how the operation ended. */
interface Outcome {
  readonly state: string;
  readonly effects: Record<string, string>;
  readonly records: JournalRecord[];
}

/** Carries the operation to its end with a worker that nobody kills. */
async function finish(orders: VictimOrders): Promise<Outcome> {
  const engine = new OperationEngine({
    ...{ bus, service: orders.service, runbooks: [twelveSteps], logger: silentLogger, leaseTtlMs },
    timing: { scanMs: 100, backoffMs: 10, maxBackoffMs: 50 },
  });
  await engine.start();
  try {
    // The command again, as whoever got no answer would send it: begun once for one id.
    await engine.begin({ runbook: twelveSteps.name, operationId: orders.operationId, params: orders.params });
    const { state } = await engine.wait(orders.operationId, { timeoutMs: 30_000 });
    const records = await eventually(async () => {
      const all = await journalOf(orders.operationId);
      return all.at(-1)?.kind === 'settled' ? all : undefined;
    });
    return { state, effects: new Effects(orders.params.folder).history(), records };
  } finally {
    await engine.stop();
  }
}

async function journalOf(operationId: string): Promise<JournalRecord[]> {
  const journal = await Journal.open(bus, 2_000);
  return (await journal.read(operationId)).map((stored) => stored.record);
}

async function inParallel<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const next = async (): Promise<void> => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) await work(each);
  };
  await Promise.all(Array.from({ length: abreast }, next));
}

const paths = [
  { path: 'success', failAt: undefined, state: 'completed', made: 12 },
  { path: 'failure', failAt: 's09', state: 'rolled-back', made: 8 },
] as const;

describe.each(paths)('killed by SIGKILL on the path of $path', ({ failAt, state, made }) => {
  const params = failAt === undefined ? {} : { failAt };
  let undisturbed: Outcome;

  beforeAll(async () => {
    undisturbed = await finish(aCase(params));
    expect(undisturbed.state).toBe(state);
    expect(Object.keys(undisturbed.effects)).toHaveLength(made);
    expect(new Set(Object.values(undisturbed.effects))).toEqual(new Set([failAt === undefined ? '+' : '+-']));
  });

  it(
    'at every journal boundary, ends as if nobody had died, each effect made as often',
    async () => {
      const boundaries = undisturbed.records.flatMap(({ kind, n }): VictimOrders['dieAt'][] => {
        // Before an outcome is stored its effect is there; after anything else is stored, what follows is not.
        const telling = kind === 'done' || kind === 'undone' ? 'before' : 'after';
        return (['before', 'after'] as const)
          .filter((when) => whole || when === telling)
          .map((when) => ({ when, record: n }));
      });
      let killed = 0;
      await inParallel(boundaries, async (dieAt) => {
        const orders = { ...aCase(params), ...(dieAt === undefined ? {} : { dieAt }) };
        const victim = startVictim(orders);
        const end = await victim.ended;
        if (end.signal === 'SIGKILL') killed += 1;
        const outcome = await finish(orders);
        expect({ dieAt, state: outcome.state, effects: outcome.effects }).toEqual({
          ...{ dieAt, state: undisturbed.state, effects: undisturbed.effects },
        });
      });
      // The last records may be written after `wait` has returned: all victims but those of the very end die as ordered.
      expect(killed).toBeGreaterThanOrEqual(boundaries.length - 2);
    },
    timeoutMs,
  );

  it(
    'at random instants, also the worker that took over, ends as if nobody had died',
    async () => {
      const instants = Array.from({ length: whole ? 100 : 4 }, () => [Math.random(), Math.random()] as const);
      await inParallel(instants, async (delays) => {
        const orders = aCase(params);
        for (const [place, delay] of delays.entries()) {
          const victim = startVictim(orders);
          await victim.started;
          // A whole run takes some 100 ms; a second victim first waits for the first one's lease to run out.
          await sleep(delay * 150 + place * (leaseTtlMs + 200));
          victim.child.kill('SIGKILL');
          await victim.ended;
        }
        const outcome = await finish(orders);
        expect({ delays, state: outcome.state, effects: outcome.effects }).toEqual({
          ...{ delays, state: undisturbed.state, effects: undisturbed.effects },
        });
      });
    },
    timeoutMs,
  );
});

describe('two workers', () => {
  it('one stopped past its lease and continued: its late writes are refused, no effect is doubled', async () => {
    const orders = aCase({ holdAt: 's06' });
    const victim = startVictim(orders);
    await eventually(() => existsSync(entered(orders.params.folder)), {
      what: 'the victim is in the middle of a step',
    });
    victim.child.kill('SIGSTOP');

    const outcome = await finish(orders);
    expect(outcome.state).toBe('completed');

    writeFileSync(go(orders.params.folder), '');
    victim.child.kill('SIGCONT');
    // The one stopped goes on in the middle of its step: the target refuses its token, the journal its record.
    await eventually(() => victim.output().includes('ended completed'), {
      what: 'the victim sees the operation ended',
    });
    await victim.ended;
    expect(new Set(Object.values(new Effects(orders.params.folder).history()))).toEqual(new Set(['+']));
    const records = await journalOf(orders.operationId);
    expect(records).toEqual(outcome.records);
    const [first, second] = records.filter((record) => record.kind === 'claimed');
    expect(second?.token).toBeGreaterThan(first?.token ?? Infinity);
    const late = records.filter((record) => record.by === first?.by && record.n > (second?.n ?? 0));
    expect(late).toEqual([]);
  });
});
