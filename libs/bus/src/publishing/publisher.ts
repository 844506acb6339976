import { randomUUID } from 'node:crypto';
import type { JetStreamClient } from '@nats-io/jetstream';
import { type Delivered, DrError, eventSubject, type EventContract, type Message, validate } from '@novacron/contracts';
import type { ContractRegistry } from '../contracts/contract-registry.js';
import { currentAmbient } from '../envelope/ambient.js';
import { maxEventBytes } from '../envelope/body.js';
import { type Envelope, writeHeaders } from '../envelope/cloud-event.js';
import { nextTrace } from '../envelope/trace-context.js';
import { publishUntilStored, type StoredAt } from './publish-until-stored.js';

export interface PublishOptions {
  /** The event that caused this one: its correlation and trace go on. Inside a handler it is known already. */
  readonly causedBy?: Delivered;
  readonly correlationId?: string;
  /** Deterministic where the fact is (`<operationId>:<step>:<attempt>`), so that saying it twice is one event. */
  readonly id?: string;
  /** What the fact is about; by default what the contract takes from the data. */
  readonly entity?: string;
  /** When the fact happened, RFC 3339; now where absent. */
  readonly time?: string;
  /** How long to go on trying. Default 30 s. */
  readonly timeoutMs?: number;
}

/** Says facts: checked against their contract, stored before the promise resolves. */
export class Publisher {
  constructor(
    private readonly jetstream: JetStreamClient,
    private readonly registry: ContractRegistry,
    private readonly estate: string,
    private readonly service: string,
  ) {}

  /**
   * @throws DrError INVALID_MESSAGE when the event does not keep its contract, BUS_UNAVAILABLE when JetStream did not
   * confirm it in time: then it may be stored or not, and publishing it again with the same `id` is safe.
   */
  async publish(event: Message, options: PublishOptions = {}): Promise<StoredAt> {
    const contract = this.registry.eventOf(event);
    validate(contract.class, event, 'strict');
    const envelope = this.envelopeOf(event, contract, options);
    const body = JSON.stringify(event);
    const sizeBytes = Buffer.byteLength(body);
    if (sizeBytes > maxEventBytes) {
      throw new DrError('INVALID_MESSAGE', `${contract.name} of ${sizeBytes} bytes is larger than ${maxEventBytes}`, {
        hint: 'put the bulk into a store and a reference into the event',
      });
    }
    const subject = eventSubject(this.estate, contract, envelope.entity);
    const message = { subject, body, headers: writeHeaders(envelope) };
    return publishUntilStored(this.jetstream, message, options.timeoutMs ?? 30_000);
  }

  private envelopeOf(event: Message, contract: EventContract, options: PublishOptions): Envelope {
    const ambient = currentAmbient();
    const id = options.id ?? randomUUID();
    const causationId = options.causedBy?.id ?? ambient?.causationId;
    return {
      id,
      type: contract.type,
      source: `/${this.estate}/${this.service}`,
      time: options.time ?? new Date().toISOString(),
      entity: options.entity ?? contract.entity(event),
      correlationId: options.correlationId ?? options.causedBy?.correlationId ?? ambient?.correlationId ?? id,
      ...(causationId === undefined ? {} : { causationId }),
      ...nextTrace(options.causedBy?.traceparent === undefined ? ambient : options.causedBy),
    };
  }
}
