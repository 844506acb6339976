import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { Bus, DeadLetters, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { VantageLost } from '@novacron/contracts';
import { chaosRegistry, type EaterReport, estate } from './eater-report.js';
import { malformed } from './malformed-messages.js';

const whole = process.env['DR_CHAOS'] === 'whole';
const count = whole ? 10_000 : 1_000;
/** One good message between so many malformed ones. */
const goodEvery = 4;
/** More than what a heap varies by between two collections, far less than it would grow by if one kind of message leaked. */
const leakBytes = 8 * 1024 * 1024;
const program = resolve('test/dist/chaos/malformed/eater.js');

let nats: RunningNats;
let bus: Bus;
let eater: ChildProcess;
let errors = '';

beforeAll(async () => {
  if (!existsSync(program)) throw new Error('the eater is not compiled: run `npm run build` first');
  nats = await startNatsServer();
  const settings = { service: 'health-monitor', instance: '1', estate, logger: silentLogger, registry: chaosRegistry };
  bus = await Bus.connect({ url: nats.url, ...settings });
  await provisionBus(bus.connection, { estate, registry: chaosRegistry });
  eater = fork(program, [], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_OPTIONS: '', DR_EATER_URL: nats.url },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  eater.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await once(eater, 'message');
});
afterAll(async () => {
  eater.kill('SIGKILL');
  await bus.close();
  await nats.stop();
});

async function report(): Promise<EaterReport> {
  const answered = once(eater, 'message') as Promise<[EaterReport]>;
  eater.send('report');
  return (await answered)[0];
}

/** Sends malformed messages of these numbers with good ones between; resolved when all are settled. */
async function feed(from: number, to: number): Promise<EaterReport> {
  const sent: Promise<unknown>[] = [];
  for (let n = from; n < to; n += 1) {
    const { body, headers } = malformed(n);
    sent.push(bus.jetstream.publish(`dr.${estate}.event.health-monitor.vantage-lost.bad-${n}`, body, { headers }));
    if (n % goodEvery === 0) {
      const event = new VantageLost({ vantage: `v${n % 9}`, since: '2026-03-15T10:00:00Z', reason: 'chaos' });
      sent.push(bus.publish(event, { id: `good-${n}` }));
    }
    if (sent.length > 100) await Promise.all(sent.splice(0));
  }
  await Promise.all(sent);
  const manager = await jetstreamManager(bus.connection);
  await eventually(
    async () => {
      const info = await manager.consumers.info('DR_EVENTS', 'notifier__vantage-lost');
      return info.num_pending + info.num_ack_pending === 0;
    },
    { timeoutMs: 60_000, pauseMs: 100, what: 'nothing is left to be settled' },
  );
  return report();
}

it(
  `${count} malformed messages: no crash, no leak, each dead-lettered once with a reason, good ones unharmed`,
  async () => {
    // What is made once for each kind of message is there after the first of them.
    const warm = await feed(0, count / 4);
    const half = await feed(count / 4, (count * 5) / 8);
    const end = await feed((count * 5) / 8, count);

    expect({ exit: eater.exitCode, signal: eater.signalCode, errors }).toEqual({
      exit: null,
      signal: null,
      errors: '',
    });
    expect(end.polluted).toBe(false);
    const good = Math.ceil(count / goodEvery);
    expect({ handled: end.handled, distinct: end.distinct }).toEqual({ handled: good, distinct: good });

    const letters = await (await DeadLetters.open(bus)).list(2 * count);
    const found = letters
      .map(({ subject, code, deliveries }) => ({ n: Number(subject.split('-').at(-1)), code, deliveries }))
      .toSorted((a, b) => a.n - b.n);
    expect(found).toEqual(Array.from({ length: count }, (_, n) => ({ n, code: malformed(n).code, deliveries: 1 })));
    expect(letters.filter(({ reason }) => reason === '')).toEqual([]);

    expect(end.heapBytes - half.heapBytes).toBeLessThan(leakBytes);
    expect(end.heapBytes - warm.heapBytes).toBeLessThan(leakBytes);
    expect(end.resources).toBeLessThanOrEqual(warm.resources + 2);
  },
  whole ? 600_000 : 120_000,
);
