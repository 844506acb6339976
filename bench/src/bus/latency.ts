import { setTimeout as sleep } from 'node:timers/promises';
import { medianPair, type Paired } from '../measuring/pairs.js';
import { quantile } from '../measuring/statistics.js';
import { type Arrivals, eventsArrive } from './arrivals.js';
import type { BusSide } from './side.js';

/** Of both sides together. A busy estate, far from the server's limit: what waits in no queue shows the path's own time. */
const eventsPerSecond = 400;
const eventsPerSide = 800;

/**
 * From the call of publish to the handler, milliseconds: the 99th of a hundred, of events at a steady pace. The two sides take
 * turns event by event, so that a pause of the machine or its disk, which makes the slowest of a hundred, falls on both.
 */
export async function latencyP99(ours: BusSide, peers: BusSide, rounds: number): Promise<Paired> {
  const pairs: [number, number][] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const measured = await oneRound([new Path(ours), new Path(peers)]);
    if (round > 0) pairs.push(measured);
  }
  return medianPair(pairs);
}

async function oneRound(paths: readonly [Path, Path]): Promise<[number, number]> {
  const stops = await Promise.all(paths.map((path) => path.open()));
  try {
    const begun = performance.now();
    let sent = 0;
    while (sent < eventsPerSide * 2) {
      const due = Math.min(eventsPerSide * 2, Math.ceil(((performance.now() - begun) * eventsPerSecond) / 1_000));
      for (; sent < due; sent += 1) (sent % 2 === 0 ? paths[0] : paths[1]).send();
      await sleep(1);
    }
    return [await paths[0].p99(), await paths[1].p99()];
  } finally {
    for (const stop of stops) await stop();
  }
}

/** One side's way from publish to handler. */
class Path {
  private readonly sentAt: number[] = [];
  private readonly latencies: number[] = [];
  private readonly stored: Promise<void>[] = [];
  private readonly arrivals: Arrivals = eventsArrive(eventsPerSide);

  constructor(private readonly side: BusSide) {}

  /** Returns how to end it. */
  async open(): Promise<() => Promise<void>> {
    const consuming = await this.side.consume((number) => {
      this.latencies.push(performance.now() - (this.sentAt[number] ?? Number.NaN));
      this.arrivals.one();
    });
    return async () => {
      await consuming.flush();
      await consuming.stop();
    };
  }

  send(): void {
    this.sentAt.push(performance.now());
    this.stored.push(this.side.publish(this.sentAt.length - 1));
  }

  async p99(): Promise<number> {
    await Promise.all([...this.stored, this.arrivals.all]);
    return quantile(this.latencies, 0.99);
  }
}
