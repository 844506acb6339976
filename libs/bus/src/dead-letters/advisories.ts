import { type JetStreamManager, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { DrError, streams } from '@novacron/contracts';
import type { Bus } from '../bus.js';
import { Consumption, type Prepared } from '../consuming/consumption.js';
import { decodeBody } from '../envelope/body.js';
import { advisoryDurable } from '../provisioning/declarations.js';
import type { DeadLetterWriter } from './dead-letter-writer.js';
import { type StreamMessage } from '../consuming/stream-message.js';

interface MaxDeliveriesAdvisory {
  readonly stream: string;
  readonly consumer: string;
  readonly stream_seq: number;
  readonly deliveries: number;
}

/**
 * The second layer of dead letters, for what never came to a settlement: the process died at each attempt. The server says
 * that the deliveries are used up; the message still stands in its stream and is filed from there. Every service runs this;
 * each advisory comes to one of them.
 */
export class AdvisoryFiler {
  private readonly consumption: Consumption;

  private constructor(
    private readonly bus: Bus,
    private readonly deadLetters: DeadLetterWriter,
    private readonly manager: JetStreamManager,
  ) {
    this.consumption = new Consumption({
      bus,
      deadLetters,
      stream: streams.advisories.name,
      durable: advisoryDurable,
      window: 16,
      prepare: (message) => this.prepare(message),
    });
  }

  static async start(bus: Bus, deadLetters: DeadLetterWriter): Promise<AdvisoryFiler> {
    const manager = await jetstreamManager(bus.connection, { checkAPI: false, timeout: 5_000 });
    const filer = new AdvisoryFiler(bus, deadLetters, manager);
    filer.consumption.start();
    return filer;
  }

  async stop(): Promise<void> {
    await this.consumption.stop();
  }

  private prepare(message: StreamMessage): Prepared {
    const advisory = decodeBody(message.data) as MaxDeliveriesAdvisory;
    return { key: `${advisory.consumer}.${advisory.stream_seq}`, run: () => this.fileOriginal(advisory) };
  }

  private async fileOriginal(advisory: MaxDeliveriesAdvisory): Promise<void> {
    const { stream, consumer, stream_seq: sequence, deliveries } = advisory;
    const original = await this.original(stream, sequence);
    if (original === null) {
      this.bus.logger.error('message of an advisory is gone', { stream, consumer, sequence });
      return;
    }
    const error = new DrError(
      'TIMEOUT',
      `none of ${deliveries} deliveries was answered: its handler died or hung each time`,
    );
    const { subject, header, data } = original;
    await this.deadLetters.file(
      { subject, stream, durable: consumer, sequence, deliveries, headers: header, body: data },
      error,
    );
    // In a work queue it would stand for ever: nobody is given it again.
    if (stream === streams.notifications.name) await this.manager.streams.deleteMessage(stream, sequence, false);
    this.bus.logger.error('message dead-lettered', { stream, consumer, sequence, deliveries, code: error.code });
  }

  private async original(stream: string, sequence: number): Promise<StoredMsg | null> {
    try {
      return await this.manager.streams.getMessage(stream, { seq: sequence });
    } catch (error) {
      if (DrError.is(error)) throw error;
      throw new DrError('BUS_UNAVAILABLE', 'the message of an advisory cannot be read', { cause: error });
    }
  }
}
