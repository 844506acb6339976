import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { DrError } from '@novacron/contracts';

/** An event as anyone with the stock CLI would see it: headers and a readable body. */
export interface SeenEvent {
  readonly name: string;
  readonly entity: string;
  readonly correlationId: string;
  /** `ce-time`, milliseconds since the epoch. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

type Match = (event: SeenEvent) => boolean;

interface Waiter {
  readonly match: Match;
  readonly resolve: (event: SeenEvent) => void;
}

/** Every event of the estate since the drill began, and a way to wait for one. */
export class EventLog {
  readonly events: SeenEvent[] = [];
  private readonly waiters = new Set<Waiter>();
  private readonly subscription: Subscription;

  constructor(connection: NatsConnection, estate: string) {
    this.subscription = connection.subscribe(`dr.${estate}.event.>`, {
      callback: (error, message) => {
        if (error !== null) return;
        this.add({
          name: message.subject.split('.')[4] ?? '',
          entity: message.headers?.get('ce-subject') ?? '',
          correlationId: message.headers?.get('ce-correlationid') ?? '',
          at: Date.parse(message.headers?.get('ce-time') ?? ''),
          data: message.json<Record<string, unknown>>(),
        });
      },
    });
  }

  all(name: string, match: Match = () => true): SeenEvent[] {
    return this.events.filter((event) => event.name === name && match(event));
  }

  /** The first event of that name that fits, seen already or to come; `orFail` names events that mean it never will. */
  async waitFor(
    name: string,
    timeoutMs: number,
    match: Match = () => true,
    orFail: readonly string[] = [],
  ): Promise<SeenEvent> {
    const fits: Match = (event) => (event.name === name || orFail.includes(event.name)) && match(event);
    const event = this.events.find(fits) ?? (await this.next(fits, name, timeoutMs));
    if (event.name !== name) {
      throw new DrError(
        'VERIFY_FAILED',
        `${event.name} came instead of ${name}: ${JSON.stringify(event.data['reason'] ?? null)}`,
      );
    }
    return event;
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  private next(match: Match, name: string, timeoutMs: number): Promise<SeenEvent> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        match,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      };
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new DrError('TIMEOUT', `no ${name} within ${Math.round(timeoutMs / 1000)} s`));
      }, timeoutMs);
      this.waiters.add(waiter);
    });
  }

  private add(event: SeenEvent): void {
    this.events.push(event);
    for (const waiter of this.waiters) {
      if (!waiter.match(event)) continue;
      this.waiters.delete(waiter);
      waiter.resolve(event);
    }
  }
}
