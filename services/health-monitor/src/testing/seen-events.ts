import { jetstreamManager } from '@nats-io/jetstream';
import type { Bus } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import { streams } from '@novacron/contracts';

export interface SeenEvent {
  readonly type: string;
  readonly id: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventsFrom {
  ids(): Promise<string[]>;
  /** The id of the first such event, such as `SiteLost_primary`, waited for. */
  first(prefix: string): Promise<string>;
}

/** Every event that the health monitor has published, as stored: a repetition that the bus recognised counts once. */
export async function seenEvents(bus: Bus): Promise<SeenEvent[]> {
  const manager = await jetstreamManager(bus.connection);
  const { state } = await manager.streams.info(streams.events.name);
  const seen: SeenEvent[] = [];
  for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq += 1) {
    const message = await manager.streams.getMessage(streams.events.name, { seq });
    if (message === null) continue;
    const type = message.header.get('ce-type').split('.').at(-2) ?? '';
    seen.push({ type, id: message.header.get('ce-id'), time: message.header.get('ce-time'), data: message.json() });
  }
  return seen;
}

/** From now on: the ids of the events that come, and a way to wait for one. */
export async function eventsFromNow(bus: Bus): Promise<EventsFrom> {
  const before = (await seenEvents(bus)).length;
  const ids = async (): Promise<string[]> => (await seenEvents(bus)).slice(before).map((event) => event.id);
  const find = async (prefix: string): Promise<string | undefined> =>
    (await ids()).find((id) => id.startsWith(`${prefix}_`));
  return { ids, first: (prefix) => eventually(() => find(prefix), { timeoutMs: 60_000, what: prefix }) };
}
