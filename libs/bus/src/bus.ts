import { jetstream, type JetStreamClient, type JetStreamManagerOptions } from '@nats-io/jetstream';
import type { ConnectionOptions, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { Message, MessageClass, ServiceName } from '@novacron/contracts';
import { connect } from './connection/connect.js';
import { Link } from './connection/link.js';
import { type ContractRegistry, houseRegistry } from './contracts/contract-registry.js';
import type { Logger } from './logger.js';
import { type ObservationPlace, Observations } from './publishing/observations.js';
import type { StoredAt } from './publishing/publish-until-stored.js';
import { Publisher, type PublishOptions } from './publishing/publisher.js';
import { RequestClient, type RequestOptions } from './requests/request-client.js';

export interface BusSettings {
  /** One URL, or several of one cluster separated by commas. */
  readonly url: string;
  /** What the connection needs besides: credentials, TLS. */
  readonly options?: Readonly<ConnectionOptions>;
  /** Who we are; a service's name, or a tool's that only publishes and asks. */
  readonly service: ServiceName | (string & {});
  /** Tells the instances of a service apart, in logs and on the server. */
  readonly instance: string;
  readonly estate: string;
  readonly logger: Logger;
  readonly connectTimeoutMs?: number;
  /** The messages known; the house's by default. */
  readonly registry?: ContractRegistry;
}

/** One process's place on the bus: it says facts, asks services, and hands its connection to whoever needs more. */
export class Bus {
  readonly jetstream: JetStreamClient;
  /** Whether the connection stands. */
  readonly link: Link;
  private readonly publisher: Publisher;
  private readonly requests: RequestClient;
  private readonly observations: Observations;

  private constructor(
    readonly connection: NatsConnection,
    readonly settings: BusSettings,
    readonly registry: ContractRegistry,
  ) {
    this.link = new Link(connection, settings.logger);
    // Without the library's check of the account, which asks for a permission that a service does not need.
    const options: JetStreamManagerOptions = { timeout: 5_000, checkAPI: false };
    this.jetstream = jetstream(connection, options);
    this.publisher = new Publisher(this.jetstream, registry, settings.estate, settings.service);
    this.requests = new RequestClient(connection, this.link, registry, settings.estate);
    this.observations = new Observations(connection, this.jetstream, settings.estate, settings.logger);
  }

  /** @throws DrError BUS_UNAVAILABLE, INVALID_CONFIG or UNSUPPORTED_SERVER (see {@link connect}). */
  static async connect(settings: BusSettings): Promise<Bus> {
    const connection = await connect(settings);
    return new Bus(connection, settings, settings.registry ?? houseRegistry);
  }

  get estate(): string {
    return this.settings.estate;
  }

  get logger(): Logger {
    return this.settings.logger;
  }

  /** False while disconnected: what readiness probes ask. */
  get connected(): boolean {
    return this.link.up;
  }

  /** Says a fact; resolved once it is stored. See {@link Publisher.publish}. */
  publish(event: Message, options: PublishOptions = {}): Promise<StoredAt> {
    return this.publisher.publish(event, options);
  }

  /** Asks a service; the type of the reply is the contract's. See {@link RequestClient.request}. */
  request<R>(message: Message, options: RequestOptions = {}): Promise<R> {
    return this.requests.request<R>(message, options);
  }

  /** Sends a health sample without waiting. See {@link Observations.observe}. */
  observe(sample: Message & ObservationPlace): void {
    this.observations.observe(sample);
  }

  /** Samples that JetStream never confirmed. */
  get observationsLost(): number {
    return this.observations.lost;
  }

  /** Sends, as an observation of another place, what is no sample of one check. See {@link Observations.say}. */
  observeAt(message: Message, place: ObservationPlace): void {
    this.observations.say(message, place);
  }

  /** See {@link Observations.subscribe}. */
  subscribeObservations<T extends Message>(
    type: MessageClass<T>,
    handler: (sample: T) => void,
    place: Partial<ObservationPlace> = {},
  ): Subscription {
    return this.observations.subscribe(type, handler, place);
  }

  /** Sends what is still to be sent, then leaves. */
  async close(): Promise<void> {
    if (this.connection.isClosed()) return;
    if (this.connected) {
      await this.observations.settled();
      await this.connection.drain();
    } else {
      await this.connection.close();
    }
  }
}
