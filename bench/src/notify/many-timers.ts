import { headers as newHeaders } from '@nats-io/nats-core';
import { publishUntilStored } from '@novacron/bus';
import { eventFilter, eventContracts, NotificationTimerFired, streams, timerSubject } from '@novacron/contracts';
import { quantile } from '../measuring/statistics.js';
import { startNotifierWorld } from './notifier-world.js';

/** They fall due spread over this time, from when all are set. */
const spreadMs = 20_000;
const atOnce = 200;
/** What setting one may take, on a busy machine. */
const setMs = 5;
const waitMs = 120_000;

export interface Timers {
  readonly early: number;
  readonly lateP99Ms: number;
  readonly lost: number;
}

/** Timers on the notifier's own queue: how late each is said to have come, and whether any came early. */
export async function manyTimers(count: number): Promise<Timers> {
  const world = await startNotifierWorld(0);
  try {
    const { bus } = world;
    const contract = eventContracts.find((one) => one.class === NotificationTimerFired);
    if (contract === undefined) throw new Error('the registry has no timers');
    const firstMs = Date.now() + count * setMs;
    for (let from = 0; from < count; from += atOnce) {
      await Promise.all(
        Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => {
          const number = from + index;
          const id = `bench-${number}`;
          const headers = newHeaders();
          headers.set('Nats-Msg-Id', id);
          const dueAtMs = Math.round(firstMs + (number * spreadMs) / count);
          const timer = {
            id,
            incident: 'bench',
            audience: 'ours',
            kind: 'update',
            key: id,
            dueAtMs,
            setBySequence: Number.MAX_SAFE_INTEGER,
          };
          return publishUntilStored(
            bus.jetstream,
            { subject: timerSubject(bus.estate), body: JSON.stringify(timer), headers },
            30_000,
          );
        }),
      );
    }
    if (Date.now() > firstMs) throw new Error('setting the timers took longer than they were set for');
    const consumer = await bus.jetstream.consumers.get(streams.events.name, {
      filter_subjects: [eventFilter(bus.estate, contract)],
    });
    const messages = await consumer.consume({ max_messages: 1_000 });
    const late: number[] = [];
    const stop = setTimeout(() => messages.stop(), waitMs);
    for await (const message of messages) {
      const { dueAt, firedAt } = message.json<NotificationTimerFired>();
      late.push(Date.parse(firedAt) - Date.parse(dueAt));
      if (late.length >= count) break;
    }
    clearTimeout(stop);
    return { early: late.filter((ms) => ms < 0).length, lateP99Ms: quantile(late, 0.99), lost: count - late.length };
  } finally {
    await world.close();
  }
}
