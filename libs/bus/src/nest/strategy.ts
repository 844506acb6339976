import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import {
  DrError,
  durableName,
  type EventContract,
  type Message,
  type MessageClass,
  replyClassOf,
  type RequestContract,
  requestSubject,
  serviceNames,
  streams,
  validate,
  type Contract,
  type ServiceName,
} from '@novacron/contracts';
import type { Msg } from '@nats-io/nats-core';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Bus } from '../bus.js';
import { Consumption, type Prepared } from '../consuming/consumption.js';
import { deliver } from '../consuming/deliver.js';
import type { StreamMessage } from '../consuming/stream-message.js';
import { AdvisoryFiler } from '../dead-letters/advisories.js';
import { DeadLetterWriter } from '../dead-letters/dead-letter-writer.js';
import { withAmbient } from '../envelope/ambient.js';
import { decodeBody } from '../envelope/body.js';
import { headerMap } from '../envelope/cloud-event.js';
import { traceOf } from '../envelope/trace-context.js';
import { requestEnvelope } from '../requests/request-envelope.js';
import { MicroService } from '../service-protocol/micro-service.js';
import { MessageContext, type MessageContextFields } from './message-context.js';
import { asDrError } from './original-error.js';
import { WrittenReply } from './written-reply.js';

export interface JetStreamStrategySettings {
  /** Its `service` is one of the five. */
  readonly bus: Bus;
  /** Semantic version, for the NATS service protocol. */
  readonly version: string;
  readonly description?: string;
  /** Events held at most, for each kind. Default 128. */
  readonly window?: number;
  /** How long one attempt at an event may take. Default 15 minutes. */
  readonly maxHandlingMs?: number;
}

const transportId = Symbol('JetStream');
type Handler = MessageHandler<unknown, MessageContext, unknown>;

/**
 * Nest's handlers on the bus. `@EventPattern(EventClass)` gets `Delivered<EventClass>` from the service's own durable
 * consumer, settled by what the handler did (see {@link Consumption}); `@MessagePattern(RequestClass)` gets the checked
 * request and its result is the reply. Guards, pipes, interceptors and filters apply as everywhere in Nest.
 */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  private readonly events = new Map<EventContract, Handler>();
  private readonly requests = new Map<RequestContract, Handler>();
  private readonly deadLetters: DeadLetterWriter;
  private readonly service: ServiceName;
  private consumptions: Consumption[] = [];
  private microService: MicroService | undefined;
  private closed: Promise<void> | undefined;
  private advisories: AdvisoryFiler | undefined;

  /** @throws DrError INVALID_CONFIG when the bus is not that of one of the five services. */
  constructor(private readonly settings: JetStreamStrategySettings) {
    super();
    const service = serviceNames.find((name) => name === settings.bus.settings.service);
    if (service === undefined) {
      throw new DrError('INVALID_CONFIG', `${settings.bus.settings.service} is not a service with contracts`);
    }
    this.service = service;
    this.deadLetters = new DeadLetterWriter(settings.bus);
  }

  /** @throws DrError INVALID_CONFIG for a second handler of one message, or for a message that is not this service's. */
  override addHandler(
    pattern: unknown,
    callback: Handler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const contract = this.contractOf(pattern);
    if (this.messageHandlers.has(contract.name)) {
      throw new DrError('INVALID_CONFIG', `${contract.name} has two handlers`, {
        hint: 'one service has one effect for an event: call the second from the first',
      });
    }
    if (isEventHandler !== (contract.kind === 'event')) {
      const decorator = contract.kind === 'event' ? '@EventPattern' : '@MessagePattern';
      throw new DrError('INVALID_CONFIG', `${contract.name} is of kind ${contract.kind}: handle it with ${decorator}`);
    }
    if (contract.kind === 'event') this.addEvent(contract, callback);
    else this.addRequest(contract, callback);
    callback.isEventHandler = isEventHandler;
    callback.extras = extras;
    this.messageHandlers.set(contract.name, callback);
  }

  async listen(callback: (error?: unknown) => unknown): Promise<void> {
    try {
      await this.start();
      callback();
    } catch (error) {
      callback(error instanceof Error ? error : DrError.from(error));
    }
  }

  /** Takes nothing more, finishes what it holds, then returns. The bus stays open: it is the caller's. */
  close(): Promise<void> {
    this.closed ??= this.stop();
    return this.closed;
  }

  on(): never {
    throw new DrError('INTERNAL', 'this transport has no events of its own: see Bus.link');
  }

  override unwrap<T>(): T {
    return this.settings.bus.connection as T;
  }

  private async stop(): Promise<void> {
    const { consumptions, advisories, microService } = this;
    await Promise.all([
      microService?.stop(),
      advisories?.stop(),
      ...consumptions.map((consumption) => consumption.stop()),
    ]);
  }

  private contractOf(pattern: unknown): Contract {
    if (typeof pattern === 'function') return this.settings.bus.registry.contractOf(pattern as MessageClass);
    throw new DrError('INVALID_CONFIG', 'a pattern must be the class of a message', {
      hint: 'write @EventPattern(BackupCompleted), not its subject',
    });
  }

  private addEvent(contract: EventContract, handler: Handler): void {
    if (!contract.consumers.includes(this.service)) {
      throw new DrError('INVALID_CONFIG', `${this.service} is not among the consumers of ${contract.name}`, {
        hint: 'name the service as a consumer in the registry: its durable consumer and permissions come from there',
      });
    }
    this.events.set(contract, handler);
  }

  private addRequest(contract: RequestContract, handler: Handler): void {
    if (contract.service !== this.service) {
      throw new DrError(
        'INVALID_CONFIG',
        `${contract.name} is answered by ${contract.service}, not by ${this.service}`,
      );
    }
    this.requests.set(contract, handler);
  }

  private async start(): Promise<void> {
    const { bus, version, description } = this.settings;
    for (const contract of bus.registry.eventsConsumedBy(this.service)) {
      if (!this.events.has(contract)) bus.logger.warn('declared event has no handler', { event: contract.name });
    }
    this.microService = new MicroService({
      connection: bus.connection,
      link: bus.link,
      logger: bus.logger,
      name: this.service,
      version,
      description: description ?? `NovaCron ${this.service}`,
      metadata: { estate: bus.estate, instance: bus.settings.instance },
    });
    for (const [contract, handler] of this.requests) this.answerRequests(this.microService, contract, handler);
    this.microService.start();
    this.advisories = await AdvisoryFiler.start(bus, this.deadLetters);
    this.consumptions = [...this.events].map(([contract, handler]) => this.consumptionOf(contract, handler));
    for (const consumption of this.consumptions) consumption.start();
    // Who is told that we are ready may ask at once. A connection that is lost meanwhile subscribes again by itself.
    await bus.connection.flush().catch(() => undefined);
  }

  private consumptionOf(contract: EventContract, handler: Handler): Consumption {
    const { bus, window, maxHandlingMs } = this.settings;
    return new Consumption({
      bus,
      deadLetters: this.deadLetters,
      stream: streams.events.name,
      durable: durableName(this.service, contract),
      ...(window === undefined ? {} : { window }),
      ...(maxHandlingMs === undefined ? {} : { maxHandlingMs }),
      prepare: (message) => this.prepare(message, contract, handler),
    });
  }

  private prepare(message: StreamMessage, contract: EventContract, handler: Handler): Prepared {
    const { delivered, headers } = deliver(message, contract, this.settings.bus.registry);
    const { correlationId, id } = delivered;
    const trace = traceOf(delivered);
    const ambient = { correlationId, causationId: id, ...trace };
    return {
      key: delivered.entity,
      run: (signal) => {
        const fields = { subject: message.subject, correlationId, headers, delivered, signal, ...trace };
        return withAmbient(ambient, () => this.invoke(handler, delivered, fields));
      },
    };
  }

  private answerRequests(microService: MicroService, contract: RequestContract, handler: Handler): void {
    const { bus } = this.settings;
    microService.add({
      name: `${contract.kind}-${contract.verb}`,
      subject: requestSubject(bus.estate, contract),
      metadata: { kind: contract.kind, summary: contract.summary },
      handle: (message) => this.reply(contract, handler, message),
    });
  }

  private async reply(contract: RequestContract, handler: Handler, message: Msg): Promise<string> {
    const headers = headerMap(message.headers);
    const envelope = requestEnvelope(headers);
    const request = validate(contract.class, decodeBody(message.data), 'strict');
    const fields = { subject: message.subject, headers, ...envelope };
    const result = await withAmbient(envelope, () => this.invoke(handler, request, fields));
    if (result instanceof WrittenReply) return result.text;
    return JSON.stringify(checkedReply(contract, request, result));
  }

  /** Runs a handler with all of Nest around it to its last value. @throws DrError, what the handler threw. */
  private async invoke(handler: Handler, payload: unknown, fields: MessageContextFields): Promise<unknown> {
    const context = new MessageContext(fields);
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const run = (): Promise<void> => lastValue(handler, payload, context).then(resolve, reject);
        this.onProcessingStartHook(this.transportId ?? transportId, context, run);
      });
    } catch (error) {
      throw asDrError(error);
    } finally {
      this.onProcessingEndHook?.(this.transportId ?? transportId, context);
    }
  }
}

async function lastValue(handler: Handler, payload: unknown, context: MessageContext): Promise<unknown> {
  const result = await handler(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

/** A reply is a message like any other: it keeps its contract or is a fault of ours. */
function checkedReply(contract: RequestContract, request: Message, result: unknown): unknown {
  try {
    return validate(replyClassOf(contract, request), result ?? {}, 'strict');
  } catch (error) {
    const { message, details } = DrError.from(error);
    throw new DrError('INTERNAL', `reply of ${contract.name} does not keep its contract: ${message}`, { details });
  }
}
