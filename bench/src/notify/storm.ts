import { setTimeout as sleep } from 'node:timers/promises';
import { streams } from '@novacron/contracts';
import { hasAlertmanager, startAlertmanager } from './alertmanager.js';
import { degraded } from './facts.js';
import { startNotifierWorld } from './notifier-world.js';
import { startReceiver } from './receiver.js';

const atOnce = 100;
const waitMs = 240_000;
const pollMs = 50;

export interface Storm {
  readonly settledMs: number;
  readonly messages: number;
}

/** From the first of so many signs of trouble until every one is taken and acknowledged, and what they caused is told. */
export async function ourStorm(events: number): Promise<Storm> {
  const world = await startNotifierWorld(0);
  try {
    const { bus, receiver } = world;
    let messages = 0;
    let toldAtMs = 0;
    receiver.onBody = (_body, atMs) => {
      messages += 1;
      toldAtMs = atMs;
    };
    const begunMs = performance.now();
    for (let from = 0; from < events; from += atOnce) {
      await Promise.all(
        Array.from({ length: atOnce }, (_, index) =>
          bus.publish(degraded(from + index), { correlationId: `episode-${from + index}`, id: `sign-${from + index}` }),
        ),
      );
    }
    const manager = await bus.jetstream.jetstreamManager();
    for (;;) {
      const info = await manager.consumers.info(streams.events.name, 'notifier__health-degraded');
      if (info.num_pending === 0 && info.num_ack_pending === 0 && messages > 0) {
        return { settledMs: Math.max(performance.now(), toldAtMs) - begunMs, messages };
      }
      if (performance.now() - begunMs > waitMs)
        throw new Error(`${info.num_pending} of ${events} were left after ${waitMs} ms`);
      await sleep(pollMs);
    }
  } finally {
    await world.close();
  }
}

/** The same number of alerts: until Alertmanager has told of a group with all of them. */
export async function peerStorm(events: number): Promise<Storm | undefined> {
  if (!hasAlertmanager()) return undefined;
  const receiver = await startReceiver();
  const peer = await startAlertmanager(receiver.url, 'alertname', '1s');
  try {
    let messages = 0;
    let whole: (atMs: number) => void = () => {};
    const told = new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('alertmanager did not tell of all')), waitMs);
      whole = (atMs) => {
        clearTimeout(late);
        resolve(atMs);
      };
    });
    receiver.onBody = (body, atMs) => {
      messages += 1;
      if ((JSON.parse(body) as { alerts: unknown[] }).alerts.length >= events) whole(atMs);
    };
    const begunMs = performance.now();
    for (let from = 0; from < events; from += atOnce) {
      await peer.fire(
        Array.from({ length: atOnce }, (_, index) => ({ alertname: 'degraded', episode: `${from + index}` })),
      );
    }
    return { settledMs: (await told) - begunMs, messages };
  } finally {
    await peer.close();
    await receiver.close();
  }
}
