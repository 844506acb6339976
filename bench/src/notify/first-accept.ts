import { quantile } from '../measuring/statistics.js';
import { hasAlertmanager, startAlertmanager } from './alertmanager.js';
import { standbyLost } from './facts.js';
import { startNotifierWorld } from './notifier-world.js';

export interface FirstAccept {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly peerP50Ms?: number;
  readonly peerP99Ms?: number;
}

const warmUps = 20;
const waitMs = 20_000;

/** From the event (the alert) to the provider's acceptance, in turns, one at a time. */
export async function firstAccept(events: number): Promise<FirstAccept> {
  const world = await startNotifierWorld(0, '0s');
  const peer = hasAlertmanager() ? await startAlertmanager(world.receiver.url, "'...'", '0s') : undefined;
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    for (let number = 0; number < events + warmUps; number += 1) {
      const correlationId = `lost-${number}`;
      const event = await timed(world.receiver, `"incident":"${correlationId}"`, () =>
        world.bus.publish(standbyLost(number), { correlationId, id: correlationId }),
      );
      const alert =
        peer && (await timed(world.receiver, `"alert-${number}"`, () => peer.fire([{ alertname: `alert-${number}` }])));
      if (number < warmUps) continue;
      ours.push(event);
      if (alert !== undefined) theirs.push(alert);
    }
  } finally {
    await peer?.close();
    await world.close();
  }
  return {
    p50Ms: quantile(ours, 0.5),
    p99Ms: quantile(ours, 0.99),
    ...(theirs.length === 0 ? {} : { peerP50Ms: quantile(theirs, 0.5), peerP99Ms: quantile(theirs, 0.99) }),
  };
}

function timed(
  receiver: { onBody: (body: string, atMs: number) => void },
  mark: string,
  act: () => Promise<unknown>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`nothing with ${mark} came within ${waitMs} ms`)), waitMs);
    const begunMs = performance.now();
    receiver.onBody = (body, atMs) => {
      if (!body.includes(mark)) return;
      clearTimeout(late);
      resolve(atMs - begunMs);
    };
    act().catch(reject);
  });
}
