import { createInbox, type Msg, nanos, type NatsConnection, type Subscription } from '@nats-io/nats-core';
import type { Link } from '../connection/link.js';
import type { Logger } from '../logger.js';
import { StreamMessage } from './stream-message.js';

export interface PullLoopSettings {
  readonly connection: NatsConnection;
  readonly link: Link;
  readonly logger: Logger;
  readonly inboxPrefix: string;
  readonly stream: string;
  readonly consumer: string;
  /** Messages held at most: asked for but not yet settled. */
  readonly window: number;
  readonly onMessage: (message: StreamMessage) => void;
}

const expiresMs = 20_000;
/** A leader that is killed takes the pulls it knew with it and says nothing: its heartbeats' absence does. */
const heartbeatMs = 1_000;
const patienceMs = 2_500;
const retryMs = 500;

/**
 * Pulls messages of a durable consumer, never more than can be held. The library's own `consume` asks for more as messages
 * arrive, not as they are settled, and goes through its whole buffer after it was stopped; so this asks by itself.
 */
export class PullLoop {
  private readonly inbox: string;
  private readonly pulls = new Map<string, number>();
  private subscription: Subscription | undefined;
  private offReconnect: (() => void) | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private held = 0;
  private serial = 0;
  private lastSignMs = 0;
  private stopping = false;
  private refusal: string | undefined;

  constructor(private readonly settings: PullLoopSettings) {
    this.inbox = createInbox(settings.inboxPrefix);
  }

  start(): void {
    const { connection, link } = this.settings;
    this.subscription = connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.receive(message);
        else this.settings.logger.error('pull subscription failed', { ...this.names, reason: error.message });
      },
    });
    this.offReconnect = link.onReconnect(() => this.askAnew());
    this.watchdog = setInterval(() => this.watch(), heartbeatMs).unref();
    this.pull();
  }

  /** A message is settled: there is room for another. */
  settled(): void {
    this.held -= 1;
    this.pull();
  }

  /** Asks for no more; what is on its way still comes to `onMessage` before the promise resolves. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.watchdog);
    clearTimeout(this.retry);
    this.offReconnect?.();
    const subscription = this.subscription;
    if (subscription === undefined || subscription.isClosed()) return;
    // Without a connection nothing is on its way, and draining would wait for it.
    if (this.settings.link.up) await subscription.drain();
    else subscription.unsubscribe();
  }

  private get names(): { stream: string; consumer: string } {
    return { stream: this.settings.stream, consumer: this.settings.consumer };
  }

  private get pending(): number {
    let pending = 0;
    for (const count of this.pulls.values()) pending += count;
    return pending;
  }

  private pull(): void {
    const { window, connection, stream, consumer, link } = this.settings;
    const pending = this.pending;
    const free = window - this.held - pending;
    if (this.stopping || !link.up || free <= 0 || (pending > 0 && free < window / 2)) return;
    this.serial += 1;
    const id = `${this.inbox}.${this.serial}`;
    this.pulls.set(id, free);
    if (pending === 0) this.lastSignMs = performance.now();
    const ask = { batch: free, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) };
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(ask), { reply: id });
  }

  private receive(message: Msg): void {
    this.lastSignMs = performance.now();
    // A status comes on the inbox of its pull; a message comes with its own subject.
    const status = message.subject.startsWith(this.inbox) ? (message.headers?.code ?? 0) : 0;
    if (status > 0) {
      this.onStatus(message, status);
      return;
    }
    const delivered = this.understand(message);
    if (delivered === undefined) return;
    this.refusal = undefined;
    this.countDown();
    this.held += 1;
    this.settings.onMessage(delivered);
  }

  /** Anyone who may publish could write to an inbox: what no consumer delivered is left out. */
  private understand(message: Msg): StreamMessage | undefined {
    try {
      return new StreamMessage(message);
    } catch {
      this.settings.logger.warn('not a delivery', { ...this.names, subject: message.subject });
      return undefined;
    }
  }

  /** The server serves pulls in the order they were asked. */
  private countDown(): void {
    const first = this.pulls.entries().next();
    if (first.done === true) return;
    const [id, left] = first.value;
    if (left > 1) this.pulls.set(id, left - 1);
    else this.pulls.delete(id);
  }

  private onStatus(message: Msg, status: number): void {
    if (status === 100) return;
    this.pulls.delete(message.subject);
    if (status === 404 || status === 408) {
      this.pull();
      return;
    }
    const reason = message.headers?.description ?? '';
    // While a consumer or its leader is missing every pull is refused: said once, until one is served.
    if (reason !== this.refusal)
      this.settings.logger.warn('pull refused, asking again', { ...this.names, status, reason });
    this.refusal = reason;
    this.pullLater();
  }

  private pullLater(): void {
    if (this.stopping) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.pull(), retryMs).unref();
  }

  private watch(): void {
    if (this.pulls.size > 0 && performance.now() - this.lastSignMs > patienceMs) this.askAnew();
    else this.pull();
  }

  private askAnew(): void {
    this.pulls.clear();
    this.pull();
  }
}
