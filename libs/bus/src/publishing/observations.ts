import type { JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { DrError, type Message, type MessageClass, observationSubject, validate } from '@novacron/contracts';
import { decodeBody } from '../envelope/body.js';
import type { Logger } from '../logger.js';

/** What a health sample must say of itself to find its subject. */
export interface ObservationPlace {
  readonly vantage: string;
  readonly site: string;
  readonly check: string;
}

/** A sample is worth little once the next one is due: it is not tried again, and the loss of one is logged, not thrown. */
const ackTimeoutMs = 5_000;

/**
 * Health samples: many, small, soon outdated. They are stored for the record, and read from the subject itself as they pass,
 * because a verdict needs the freshest sample and not every sample.
 */
export class Observations {
  private unconfirmed = 0;
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly jetstream: JetStreamClient,
    private readonly estate: string,
    private readonly logger: Logger,
  ) {}

  /** Samples that JetStream never confirmed, since the start. */
  get lost(): number {
    return this.unconfirmed;
  }

  /** Sends a sample without waiting for its confirmation. @throws DrError INVALID_MESSAGE at once. */
  observe(sample: Message & ObservationPlace): void {
    validate(sample.constructor as MessageClass, sample, 'strict');
    const subject = observationSubject(this.estate, sample.vantage, sample.site, sample.check);
    const stored = this.store(subject, sample).finally(() => this.pending.delete(stored));
    this.pending.add(stored);
  }

  /** Every sample of every vantage of the estate as it passes; one that cannot be read is logged and left out. */
  subscribe<T extends Message>(type: MessageClass<T>, handler: (sample: T) => void): Subscription {
    return this.connection.subscribe(`dr.${this.estate}.observation.*.*.*`, {
      callback: (error, message) => {
        if (error !== null) {
          this.logger.error('observations cannot be received', { reason: error.message });
          return;
        }
        try {
          handler(validate(type, decodeBody(message.data), 'tolerant'));
        } catch (failure) {
          const reason = DrError.from(failure).message;
          this.logger.warn('observation not understood', { subject: message.subject, reason });
        }
      },
    });
  }

  private async store(subject: string, sample: ObservationPlace): Promise<void> {
    try {
      await this.jetstream.publish(subject, JSON.stringify(sample), { timeout: ackTimeoutMs });
    } catch (error) {
      this.unconfirmed += 1;
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn('observation not confirmed', { site: sample.site, check: sample.check, reason });
    }
  }

  /** Resolved once every sample sent so far is confirmed or given up. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.pending);
  }
}
