import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import type { Benchmark, BenchmarkOptions } from '../benchmark.js';
import type { Figure, Goal } from '../measuring/figure.js';
import { measurePairs, type Paired } from '../measuring/pairs.js';
import { BareSide } from './bare-side.js';
import { latencyP99 } from './latency.js';
import { memoryOverEvents } from './memory-over-events.js';
import { NestSide } from './nest-side.js';
import { consumingRate, publishingRate } from './rates.js';
import type { BusSide } from './side.js';
import { stepOverhead } from './step-overhead.js';

const pairs = 7;
const eventsPerTurn = 6_000;
const mebibyte = 2 ** 20;

export const busBenchmark: Benchmark = {
  name: 'bus',
  summary: 'events published, handled and acknowledged, and the journal of operations',
  peer: '@nats-io/jetstream by itself on the same server, sync_interval: always',
  run: async (options) => {
    const nats = await startNatsServer();
    try {
      // The bus first: it makes the stream that both use.
      const ours = await NestSide.connect(nats.url);
      const bare = await BareSide.connect(nats.url, 'loop');
      const callbacks = await BareSide.connect(nats.url, 'callbacks');
      const figures = [
        ...(await rates(ours, bare, options)),
        ...(await besideCallbacks(ours, callbacks, options)),
        ...(await latency(ours, bare, options)),
        ...(await memory(nats, ours, options)),
      ];
      for (const side of [ours, bare, callbacks]) await side.close();
      return [...figures, ...(await operations(nats, options))];
    } finally {
      await nats.stop();
    }
  },
};

async function rates(ours: BusSide, bare: BusSide, { log }: BenchmarkOptions): Promise<Figure[]> {
  log(`${pairs} pairs of ${eventsPerTurn} events published, then consumed`);
  const { published, consumed } = await measurePairs(pairs, turn(ours), turn(bare));
  return [
    figureOf('consumed', 'events/s', consumed, bare, { atLeast: 0.7 }),
    figureOf('published', 'events/s', published, bare, { atLeast: 0.8 }),
  ];
}

/** So that nobody takes the loop for all that the library can do. */
async function besideCallbacks(ours: BusSide, bare: BusSide, { log }: BenchmarkOptions): Promise<Figure[]> {
  log('consumed again, beside callbacks that nobody waits for');
  const { consumed } = await measurePairs(pairs, turn(ours), turn(bare));
  return [figureOf('consumed_beside_callbacks', 'events/s', consumed, bare, { atLeast: 0.7 })];
}

async function latency(ours: BusSide, bare: BusSide, { log }: BenchmarkOptions): Promise<Figure[]> {
  log('from publish to handler');
  return [figureOf('publish_to_handler_p99', 'ms', await latencyP99(ours, bare, pairs), bare, { atMost: 1.5 })];
}

const turn = (side: BusSide) => async () => ({
  published: await publishingRate(side, eventsPerTurn),
  consumed: await consumingRate(side, eventsPerTurn),
});

function figureOf(name: string, unit: string, paired: Paired, peer: BusSide, goal: Goal): Figure {
  return { name, unit, value: paired.value, peer: { name: peer.name, value: paired.peer }, ratio: paired.ratio, goal };
}

async function memory(nats: RunningNats, ours: BusSide, { whole, log }: BenchmarkOptions): Promise<Figure[]> {
  const events = whole ? 1_000_000 : 100_000;
  log(`memory over ${events} events`);
  const bus = await busOf(nats);
  const uses = await memoryOverEvents(ours, bus.connection, events, log);
  await bus.close();
  // The first tenth fills caches and compiled code. A leak raises the floor: what is never given back.
  const early = uses.slice(1, 5);
  const late = uses.slice(-4);
  const grown = (name: string, bytesOf: (use: (typeof uses)[number]) => number): Figure => {
    const [before, after] = [Math.min(...early.map(bytesOf)), Math.min(...late.map(bytesOf))];
    const peer = { name: 'early in the run', value: before / mebibyte };
    return { name, value: after / mebibyte, unit: 'MiB', peer, ratio: after / before, goal: { atMost: 1.1 } };
  };
  return [grown('memory_live', (use) => use.liveBytes), grown('memory_resident', (use) => use.residentBytes)];
}

async function operations(nats: RunningNats, { log }: BenchmarkOptions): Promise<Figure[]> {
  log('operations of steps that do nothing');
  const bus = await busOf(nats);
  try {
    await provisionBus(bus.connection, { estate: bus.estate });
    const { appends, time } = await stepOverhead(bus, pairs);
    const peer = { name: 'one bare append', value: time.peer };
    return [
      { name: 'step_journal_appends', value: appends, unit: 'appends', goal: { atMost: 3 } },
      { ...time, name: 'step_overhead', unit: 'ms', peer, goal: { atMost: 3 } },
    ];
  } finally {
    await bus.close();
  }
}

function busOf(nats: RunningNats): Promise<Bus> {
  return Bus.connect({ url: nats.url, service: 'failover', instance: 'bench', estate: 'bench', logger: silentLogger });
}
