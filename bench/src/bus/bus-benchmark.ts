import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import type { Benchmark, BenchmarkOptions } from '../benchmark.js';
import type { Figure } from '../measuring/figure.js';
import { measurePairs } from '../measuring/pairs.js';
import { median } from '../measuring/statistics.js';
import { BareSide } from './bare-side.js';
import { latencyP99 } from './latency.js';
import { memoryOverEvents } from './memory-over-events.js';
import { NestSide } from './nest-side.js';
import { consumingRate, publishingRate } from './rates.js';
import type { BusSide } from './side.js';
import { stepOverhead } from './step-overhead.js';

const pairs = 7;
const eventsPerTurn = 10_000;
const latencyEvents = 1_200;
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
      const bare = await BareSide.connect(nats.url);
      const figures = [...(await rates(ours, bare, options)), ...(await memory(nats, ours, options))];
      await ours.close();
      await bare.close();
      return [...figures, ...(await operations(nats, options))];
    } finally {
      await nats.stop();
    }
  },
};

async function rates(ours: BusSide, bare: BusSide, { log }: BenchmarkOptions): Promise<Figure[]> {
  const peer = (value: number) => ({ name: bare.name, value });
  log(`${pairs} pairs of ${eventsPerTurn} events published, then consumed`);
  const turn = (side: BusSide) => async () => ({
    published: await publishingRate(side, eventsPerTurn),
    consumed: await consumingRate(side, eventsPerTurn),
  });
  const { published, consumed } = await measurePairs(pairs, turn(ours), turn(bare));
  log(`${pairs} pairs of ${latencyEvents} events from publish to handler`);
  const paced = (side: BusSide) => async () => ({ latency: await latencyP99(side, latencyEvents) });
  const { latency } = await measurePairs(pairs, paced(ours), paced(bare));
  const unit = 'events/s';
  return [
    { ...consumed, name: 'consumed', unit, peer: peer(consumed.peer), goal: { atLeast: 0.7 } },
    { ...published, name: 'published', unit, peer: peer(published.peer), goal: { atLeast: 0.8 } },
    { ...latency, name: 'publish_to_handler_p99', unit: 'ms', peer: peer(latency.peer), goal: { atMost: 1.5 } },
  ];
}

async function memory(nats: RunningNats, ours: BusSide, { whole, log }: BenchmarkOptions): Promise<Figure[]> {
  const events = whole ? 1_000_000 : 100_000;
  log(`memory over ${events} events`);
  const bus = await busOf(nats);
  const uses = await memoryOverEvents(ours, bus.connection, events, log);
  await bus.close();
  // The first fifth fills caches and compiled code; flat is what comes after it.
  const early = uses.slice(1, 4);
  const late = uses.slice(-3);
  const grown = (name: string, bytesOf: (use: (typeof uses)[number]) => number): Figure => {
    const [before, after] = [median(early.map(bytesOf)), median(late.map(bytesOf))];
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
