import { headers as newHeaders, type Msg, type NatsConnection, type Subscription } from '@nats-io/nats-core';
import { DrError, errorCodes } from '@novacron/contracts';
import type { Logger } from '../logger.js';

export interface EndpointDefinition {
  readonly name: string;
  readonly subject: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The reply's body. What it throws becomes an error reply. */
  handle(message: Msg): Promise<string>;
}

/** Instances of one service share its requests (the default group of ADR-32). */
const queueGroup = 'q';

/** A subject that is answered, and how often. Times in nanoseconds, as ADR-32 has them. */
export class Endpoint {
  private subscription: Subscription | undefined;
  private readonly inFlight = new Set<Promise<void>>();
  private requests = 0;
  private errors = 0;
  private lastError = '';
  private processingNs = 0;

  constructor(
    private readonly definition: EndpointDefinition,
    private readonly logger: Logger,
  ) {}

  start(connection: NatsConnection): void {
    this.subscription = connection.subscribe(this.definition.subject, {
      queue: queueGroup,
      callback: (error, message) => {
        if (error !== null) {
          this.logger.error('requests cannot be received', { subject: this.definition.subject, reason: error.message });
          return;
        }
        this.take(message);
      },
    });
  }

  /** Takes no more requests; resolved when those taken are answered. */
  async stop(connected: boolean): Promise<void> {
    const subscription = this.subscription;
    if (subscription !== undefined && !subscription.isClosed()) {
      if (connected) await subscription.drain();
      else subscription.unsubscribe();
    }
    await Promise.allSettled(this.inFlight);
  }

  info(): Record<string, unknown> {
    const { name, subject, metadata } = this.definition;
    return { name, subject, queue_group: queueGroup, metadata: metadata ?? {} };
  }

  stats(): Record<string, unknown> {
    const { name, subject } = this.definition;
    return {
      name,
      subject,
      queue_group: queueGroup,
      num_requests: this.requests,
      num_errors: this.errors,
      last_error: this.lastError,
      processing_time: this.processingNs,
      average_processing_time: this.requests === 0 ? 0 : Math.round(this.processingNs / this.requests),
    };
  }

  private take(message: Msg): void {
    const answered = this.answer(message).finally(() => this.inFlight.delete(answered));
    this.inFlight.add(answered);
  }

  /** Never rejects: a rejection in a subscription's callback would end the process. */
  private async answer(message: Msg): Promise<void> {
    const started = performance.now();
    try {
      message.respond(await this.definition.handle(message));
    } catch (thrown) {
      this.respondError(message, DrError.from(thrown));
    } finally {
      this.requests += 1;
      this.processingNs += Math.round((performance.now() - started) * 1e6);
    }
  }

  private respondError(message: Msg, error: DrError): void {
    const { status } = errorCodes[error.code];
    this.errors += 1;
    this.lastError = `${status}:${error.message}`;
    const fields = { subject: this.definition.subject, code: error.code, reason: error.message };
    if (error.code === 'INTERNAL') this.logger.error('request failed', { ...fields, stack: error.stack });
    else this.logger.info('request refused', fields);
    const out = newHeaders();
    out.set('Nats-Service-Error-Code', String(status));
    out.set('Nats-Service-Error', oneLine(error.message));
    try {
      message.respond(JSON.stringify(error.toReply()), { headers: out });
    } catch (failure) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.logger.error('error reply not sent', { subject: this.definition.subject, reason });
    }
  }
}

/** A header's value is one line; this one is read by people as it stands, so it is not percent-encoded. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 512);
}
