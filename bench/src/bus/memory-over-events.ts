import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { streams } from '@novacron/contracts';
import { inFlight } from '../measuring/in-flight.js';
import { memoryInUse, type MemoryUse } from '../measuring/memory.js';
import { eventsArrive } from './arrivals.js';
import type { BusSide } from './side.js';

/** Events go through publisher and handler in so many rounds; after each the memory is looked at. */
const rounds = 10;

/** What the process holds after each tenth of the events, published and handled in the same process. */
export async function memoryOverEvents(
  side: BusSide,
  connection: NatsConnection,
  events: number,
  log: (line: string) => void,
): Promise<MemoryUse[]> {
  const manager = await jetstreamManager(connection);
  const perRound = Math.ceil(events / rounds);
  let arrivals = eventsArrive(perRound);
  const consuming = await side.consume(() => arrivals.one());
  const uses: MemoryUse[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      if (round > 1) arrivals = eventsArrive(perRound);
      await Promise.all([inFlight(perRound, 128, (index) => side.publish(index)), arrivals.all]);
      await consuming.flush();
      // The disk is not what is measured.
      await manager.streams.purge(streams.events.name);
      const use = await memoryInUse();
      uses.push(use);
      log(
        `${round * perRound} events: live ${mebibytes(use.liveBytes)} MiB, resident ${mebibytes(use.residentBytes)} MiB`,
      );
    }
    return uses;
  } finally {
    await consuming.stop();
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
