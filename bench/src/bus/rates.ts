import { inFlight } from '../measuring/in-flight.js';
import { eventsArrive } from './arrivals.js';
import type { BusSide } from './side.js';

/** Publishes that wait for the server at a time: enough that it is never idle. */
const publishing = 64;

/** Events stored in a second. They then lie in the stream for {@link consumingRate}. */
export async function publishingRate(side: BusSide, events: number): Promise<number> {
  const begun = performance.now();
  await inFlight(events, publishing, (index) => side.publish(index));
  return (events * 1_000) / (performance.now() - begun);
}

/** Events handled and acknowledged in a second, of those that lie in the stream: from the first one until the server has every ack. */
export async function consumingRate(side: BusSide, events: number): Promise<number> {
  let begun = 0;
  const arrivals = eventsArrive(events);
  const consuming = await side.consume(() => {
    if (begun === 0) begun = performance.now();
    arrivals.one();
  });
  try {
    await arrivals.all;
    await consuming.flush();
    return (events * 1_000) / (performance.now() - begun);
  } finally {
    await consuming.stop();
  }
}
