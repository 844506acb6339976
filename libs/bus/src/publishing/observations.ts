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
    this.say(sample, sample);
  }

  /** Sends what is no sample of one check, to a place of its own. @throws DrError INVALID_MESSAGE at once. */
  say(message: Message, place: ObservationPlace): void {
    validate(message.constructor as MessageClass, message, 'strict');
    const subject = observationSubject(this.estate, place.vantage, place.site, place.check);
    const stored = this.store(subject, message).finally(() => this.pending.delete(stored));
    this.pending.add(stored);
  }

  /**
   * Every message of the estate as it passes, of one vantage or site where the place names it; one that cannot be read is
   * logged and left out. Where no place is named, reserved ones ({@link steadyToken}, {@link replicasToken}) are left out.
   */
  subscribe<T extends Message>(
    type: MessageClass<T>,
    handler: (sample: T) => void,
    place: Partial<ObservationPlace> = {},
  ): Subscription {
    const { vantage = '*', site = '*', check = '*' } = place;
    return this.connection.subscribe(`dr.${this.estate}.observation.${vantage}.${site}.${check}`, {
      callback: (error, message) => {
        if (error !== null) {
          this.logger.error('observations cannot be received', { reason: error.message });
          return;
        }
        if (isReserved(message.subject, place)) return;
        try {
          handler(validate(type, decodeBody(message.data), 'tolerant'));
        } catch (failure) {
          const reason = DrError.from(failure).message;
          this.logger.warn('observation not understood', { subject: message.subject, reason });
        }
      },
    });
  }

  private async store(subject: string, message: Message): Promise<void> {
    try {
      await this.jetstream.publish(subject, JSON.stringify(message), { timeout: ackTimeoutMs });
    } catch (error) {
      this.unconfirmed += 1;
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn('observation not confirmed', { subject, reason });
    }
  }

  /** Resolved once every sample sent so far is confirmed or given up. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.pending);
  }
}

/** `dr.<estate>.observation.<vantage>.<site>.<check>`, where a site or check that nobody asked for by name begins with `_`. */
function isReserved(subject: string, place: Partial<ObservationPlace>): boolean {
  const [, , , , site = '', check = ''] = subject.split('.');
  return (place.site === undefined && site.startsWith('_')) || (place.check === undefined && check.startsWith('_'));
}
