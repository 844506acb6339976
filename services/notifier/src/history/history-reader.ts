import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumerMessages, DeliverPolicy, type JsMsg, jetstreamManager } from '@nats-io/jetstream';
import { type Bus, type Logger, readEvent } from '@novacron/bus';
import { type Delivered, DrError, type EventContract, eventFilter, streams } from '@novacron/contracts';

export interface HistoryReaderSettings {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly contracts: readonly EventContract[];
  /** Awaited for each event, in the order of the stream; what it throws is tried again until it succeeds. */
  readonly onEvent: (event: Delivered) => Promise<void>;
  /** Awaited once, between two events, when everything that was stored before the start has been taken. */
  readonly onCaughtUp?: () => Promise<void>;
}

const retryMs = 300;

/**
 * Reads events of several kinds in the one order in which they were stored, from the beginning of the stream. The state
 * made of them is thus the same after every start and in every process, whatever order the consumers deliver in.
 */
export class HistoryReader {
  /** Sequence of the last event that was taken. */
  private reachedSequence = 0;
  /** What was stored a second time, after the stream's memory of ids had passed, is still one event. */
  private readonly taken = new Set<string>();
  private readonly waiting = new Set<() => void>();
  private messages: ConsumerMessages | undefined;
  private loop: Promise<void> | undefined;
  private stopping = false;
  private target = Number.POSITIVE_INFINITY;
  private caughtUp = false;

  constructor(private readonly settings: HistoryReaderSettings) {}

  /** Whether the event at hand was tried in vain. */
  failing = false;

  get sequence(): number {
    return this.reachedSequence;
  }

  /** Resolved once everything that was stored before the call has been taken. @throws DrError BUS_UNAVAILABLE. */
  async start(): Promise<void> {
    const { bus, contracts } = this.settings;
    const subjects = contracts.map((contract) => eventFilter(bus.estate, contract));
    const manager = await jetstreamManager(bus.connection, { checkAPI: false, timeout: 5_000 });
    const last = await Promise.all(
      subjects.map((last_by_subj) =>
        manager.streams.getMessage(streams.events.name, { last_by_subj }).catch(() => null),
      ),
    );
    this.target = Math.max(0, ...last.map((message) => message?.seq ?? 0));
    const consumer = await bus.jetstream.consumers.get(streams.events.name, {
      filter_subjects: subjects,
      deliver_policy: DeliverPolicy.All,
    });
    this.messages = await consumer.consume({ idle_heartbeat: 1_000, expires: 5_000 });
    await this.catchUp();
    this.loop = this.read(this.messages);
    await this.reached(this.target, 60_000);
    await this.settled(60_000);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.messages?.stop();
    await this.loop;
  }

  /** Resolved once the event of this sequence was taken. @throws DrError TIMEOUT (retryable). */
  async reached(sequence: number, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.reachedSequence < sequence) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new DrError('TIMEOUT', `event ${sequence} was not taken within ${timeoutMs} ms`);
      await this.moved(leftMs);
    }
  }

  private async moved(timeoutMs: number): Promise<void> {
    let wake: () => void = () => {};
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, timeoutMs);
      this.waiting.add(wake);
    });
    clearTimeout(timer);
    this.waiting.delete(wake);
  }

  private async read(messages: ConsumerMessages): Promise<void> {
    for await (const message of messages) {
      if (this.stopping) return;
      if (message.seq <= this.reachedSequence) continue;
      const event = this.decode(message);
      if (event !== undefined && !this.taken.has(event.id)) await this.take(event);
      this.reachedSequence = message.seq;
      await this.catchUp();
      for (const wake of this.waiting) wake();
    }
  }

  private async catchUp(): Promise<void> {
    if (this.caughtUp || this.reachedSequence < this.target) return;
    await this.untilDone('what was left undone', async () => this.settings.onCaughtUp?.());
    this.caughtUp = true;
  }

  private async settled(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!this.caughtUp) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new DrError('TIMEOUT', `what was left undone was not done within ${timeoutMs} ms`);
      await this.moved(leftMs);
    }
  }

  /** A bad event is nobody's news here: the service's consumer of its kind puts it into the dead letters. */
  private decode(message: JsMsg): Delivered | undefined {
    try {
      return readEvent({ headers: message.headers, data: message.data, sequence: message.seq });
    } catch (error) {
      const { code, message: reason } = DrError.from(error);
      this.settings.logger.warn('event left out of the history', { sequence: message.seq, code, reason });
      return undefined;
    }
  }

  private async take(event: Delivered): Promise<void> {
    await this.untilDone(`event ${event.id}`, async () => {
      await this.settings.onEvent(event);
      this.taken.add(event.id);
    });
  }

  private async untilDone(what: string, act: () => Promise<void>): Promise<void> {
    while (!this.stopping) {
      try {
        await act();
        this.failing = false;
        return;
      } catch (error) {
        this.failing = true;
        const { code, message: reason } = DrError.from(error);
        this.settings.logger.warn('history is held up, and will be tried again', { what, code, reason });
        await sleep(retryMs);
      }
    }
  }
}
