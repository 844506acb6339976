import { DrError } from '@novacron/contracts';
import type { Bus } from '../bus.js';
import type { DeadLetterWriter } from '../dead-letters/dead-letter-writer.js';
import { ackWaitMs, maxDeliveries } from '../provisioning/declarations.js';
import { AckBatch } from './ack-batch.js';
import { KeyQueues } from './key-queues.js';
import { PullLoop } from './pull-loop.js';
import { settle, type Settlement } from './settlement.js';
import { type StreamMessage } from './stream-message.js';

/** A message made ready for its handler. */
export interface Prepared {
  /** Messages of one key are handled one after the other. */
  readonly key: string;
  /** Never throws but by its promise. */
  run(signal: AbortSignal): Promise<unknown>;
}

export interface ConsumptionSettings {
  readonly bus: Bus;
  readonly deadLetters: DeadLetterWriter;
  readonly stream: string;
  readonly durable: string;
  /** Messages held at most. Default 128. */
  readonly window?: number;
  /** The consumer's `ack_wait`, where it is not that of an event's. */
  readonly ackWaitMs?: number;
  /** How long one attempt may take before it counts as failed. Default 15 minutes. */
  readonly maxHandlingMs?: number;
  /** @throws DrError for a message that cannot be handled by anyone: it goes to the dead letters. */
  prepare(message: StreamMessage): Prepared;
}

interface Held {
  readonly message: StreamMessage;
}

const defaultMaxHandlingMs = 15 * 60_000;

/**
 * Takes the messages of one durable consumer to their handler and settles each by what came of it: acknowledged after the
 * effect, retried after a pause, or dead-lettered. While a message is held the server is told so, three times in its
 * `ack_wait`, up to a limit that a hanging handler does not pass.
 */
export class Consumption {
  private readonly queues = new KeyQueues();
  private readonly held = new Set<Held>();
  private readonly acks = new AckBatch((message, error) => this.notSettled({ message }, error));
  private readonly loop: PullLoop;
  private heartbeat: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(private readonly settings: ConsumptionSettings) {
    const { bus, stream, durable } = settings;
    this.loop = new PullLoop({
      connection: bus.connection,
      link: bus.link,
      logger: bus.logger,
      inboxPrefix: `_INBOX_${bus.settings.service}`,
      stream,
      consumer: durable,
      window: settings.window ?? 128,
      onMessage: (message) => void this.take(message),
    });
  }

  start(): void {
    this.heartbeat = setInterval(() => this.tellWorking(), (this.settings.ackWaitMs ?? ackWaitMs) / 3).unref();
    this.loop.start();
  }

  /**
   * Finishes what has begun and gives back what has not, at once to whoever asks next; resolved when nothing is held.
   * What has no attempt left is not given back but handled: giving it back would use the attempt up.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.loop.stop();
    await this.queues.idle();
    this.acks.send();
    clearInterval(this.heartbeat);
  }

  private async take(message: StreamMessage): Promise<void> {
    const held: Held = { message };
    this.held.add(held);
    const prepared = this.prepare(message);
    const key = DrError.is(prepared) ? message.subject : prepared.key;
    await this.queues.run(key, async () => {
      try {
        if (this.stopping && message.info.deliveries < maxDeliveries) message.retry(50);
        else await this.handle(held, prepared);
      } catch (error) {
        this.notSettled(held, error);
      }
    });
    this.held.delete(held);
    this.loop.settled();
  }

  private prepare(message: StreamMessage): Prepared | DrError {
    try {
      return this.settings.prepare(message);
    } catch (error) {
      return DrError.from(error);
    }
  }

  private async handle(held: Held, prepared: Prepared | DrError): Promise<void> {
    if (DrError.is(prepared)) {
      await this.apply(held, { verb: 'dead-letter', error: prepared });
      return;
    }
    const error = await this.attempt(prepared);
    const facts = { deliveries: held.message.info.deliveries, maxDeliveries, random: Math.random() };
    await this.apply(held, settle(error === undefined ? facts : { ...facts, error }));
  }

  /** What the handler threw, never undefined where it threw. */
  private attempt(prepared: Prepared): Promise<unknown> {
    const limitMs = this.settings.maxHandlingMs ?? defaultMaxHandlingMs;
    const controller = new AbortController();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const error = new DrError('TIMEOUT', `the handler did not end within ${limitMs} ms`);
        controller.abort(error);
        resolve(error);
      }, limitMs).unref();
      const failed = (error: unknown): void => {
        clearTimeout(timer);
        resolve(error ?? new DrError('INTERNAL', 'the handler threw nothing'));
      };
      const succeeded = (): void => {
        clearTimeout(timer);
        resolve(undefined);
      };
      prepared.run(controller.signal).then(succeeded, failed);
    });
  }

  private async apply(held: Held, settlement: Settlement): Promise<void> {
    const { message } = held;
    switch (settlement.verb) {
      case 'ack':
        this.acks.add(message);
        return;
      case 'retry':
        this.log('warn', 'message will be tried again', held, settlement.error);
        message.retry(settlement.delayMs);
        return;
      case 'dead-letter':
        // Never `term` before the dead letter is stored: between the two the message would be nowhere.
        await this.settings.deadLetters.write(message, this.settings.durable, settlement.error);
        this.log('error', 'message dead-lettered', held, settlement.error);
        message.terminate(settlement.error.code);
    }
  }

  private tellWorking(): void {
    if (!this.settings.bus.link.up) return;
    for (const { message } of this.held) message.working();
  }

  /** The server delivers it again when its `ack_wait` is over. */
  private notSettled(held: Held, error: unknown): void {
    this.log('error', 'message not settled', held, DrError.from(error));
  }

  private log(level: 'warn' | 'error', text: string, held: Held, error: DrError): void {
    const { stream, durable } = this.settings;
    const { streamSequence, deliveries } = held.message.info;
    this.settings.bus.logger[level](text, {
      stream,
      consumer: durable,
      sequence: streamSequence,
      deliveries,
      code: error.code,
      reason: error.message,
    });
  }
}
