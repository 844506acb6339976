import type { NatsConnection } from '@nats-io/nats-core';
import { eventually } from '@novacron/bus/testing';

export interface SeenEvent {
  readonly name: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Every event of the estate from now on, in order; one that was published twice counts once, as in its stream. */
export class EventsSeen {
  readonly all: SeenEvent[] = [];
  private readonly ids = new Set<string>();

  constructor(connection: NatsConnection, estate: string) {
    connection.subscribe(`dr.${estate}.event.>`, {
      callback: (error, message) => {
        if (error !== null) return;
        const id = message.headers?.get('Nats-Msg-Id') ?? '';
        if (this.ids.has(id)) return;
        this.ids.add(id);
        const name = message.subject.split('.')[4] ?? '';
        this.all.push({ name, atMs: performance.now(), data: message.json<Record<string, unknown>>() });
      },
    });
  }

  named(name: string): SeenEvent[] {
    return this.all.filter((event) => event.name === name);
  }

  /** The first event of the name about a backup; a failure of that backup ends the wait at once. */
  async ofBackup(name: string, backupId: string, timeoutMs = 40_000): Promise<SeenEvent['data']> {
    const found = await eventually(
      () => {
        const mine = this.all.filter(({ data }) => data['backupId'] === backupId);
        return mine.find((event) => event.name === name || event.name === 'backup-failed');
      },
      { timeoutMs, what: `${name} of ${backupId}` },
    );
    if (found.name !== name) throw new Error(`${found.name} came instead of ${name}: ${JSON.stringify(found.data)}`);
    return found.data;
  }
}
