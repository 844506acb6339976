import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../measuring/statistics.js';
import { eventsArrive } from './arrivals.js';
import type { BusSide } from './side.js';

/** A busy estate, far from the server's limit: what waits in no queue shows the path's own time. */
const eventsPerSecond = 400;

/** From the call of publish to the handler, milliseconds: the 99th of a hundred, of so many events at a steady pace. */
export async function latencyP99(side: BusSide, events: number): Promise<number> {
  const sent: number[] = [];
  const latencies: number[] = [];
  const arrivals = eventsArrive(events);
  const consuming = await side.consume((number) => {
    latencies.push(performance.now() - (sent[number] ?? Number.NaN));
    arrivals.one();
  });
  try {
    const begun = performance.now();
    const stored: Promise<void>[] = [];
    while (sent.length < events) {
      const due = Math.min(events, Math.ceil(((performance.now() - begun) * eventsPerSecond) / 1_000));
      while (sent.length < due) {
        sent.push(performance.now());
        stored.push(side.publish(sent.length - 1));
      }
      await sleep(1);
    }
    await Promise.all([...stored, arrivals.all]);
    await consuming.flush();
    return quantile(latencies, 0.99);
  } finally {
    await consuming.stop();
  }
}
