import { homeLost } from './facts.js';
import { startNotifierWorld } from './notifier-world.js';

const waitMs = 180_000;

/** Recipients told a second, from the event to the last acceptance; every one has its rows in the ledger before it is told. */
export async function fanOut(recipients: number): Promise<{ readonly perSecond: number; readonly doubled: number }> {
  const world = await startNotifierWorld(recipients);
  try {
    const told = new Map<string, number>();
    const begunMs = performance.now();
    const done = new Promise<number>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${told.size} of ${recipients} were told in ${waitMs} ms`)),
        waitMs,
      );
      world.receiver.onBody = (body, atMs) => {
        const { audience, recipient } = (JSON.parse(body) as { data: { audience: string; recipient: string } }).data;
        if (audience !== 'customers') return;
        told.set(recipient, (told.get(recipient) ?? 0) + 1);
        if (told.size < recipients) return;
        clearTimeout(late);
        resolve(atMs);
      };
    });
    await world.bus.publish(homeLost(), { correlationId: 'lost', id: 'lost' });
    const endMs = await done;
    const doubled = [...told.values()].filter((times) => times > 1).length;
    return { perSecond: recipients / ((endMs - begunMs) / 1_000), doubled };
  } finally {
    await world.close();
  }
}
