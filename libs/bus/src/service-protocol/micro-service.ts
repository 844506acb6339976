import { randomBytes } from 'node:crypto';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { Link } from '../connection/link.js';
import type { Logger } from '../logger.js';
import { Endpoint, type EndpointDefinition } from './endpoint.js';

export interface MicroServiceSettings {
  readonly connection: NatsConnection;
  readonly link: Link;
  readonly logger: Logger;
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  /** Semantic version. */
  readonly version: string;
  readonly description: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const verbs = ['PING', 'INFO', 'STATS'] as const;
type Verb = (typeof verbs)[number];

/**
 * A service as the NATS service protocol (ADR-32) sees it: `nats micro ls`, `info` and `stats` find it, and its endpoints
 * answer requests. Our own, because the library's calls its handlers without awaiting them: a rejection ends the process,
 * errors are not counted and times are zero.
 */
export class MicroService {
  /** Tells the instances apart. */
  readonly id = randomBytes(11).toString('hex');
  private readonly started = new Date().toISOString();
  private readonly endpoints: Endpoint[] = [];
  private subscriptions: Subscription[] = [];

  constructor(private readonly settings: MicroServiceSettings) {}

  add(definition: EndpointDefinition): void {
    this.endpoints.push(new Endpoint(definition, this.settings.logger));
  }

  start(): void {
    const { connection, name } = this.settings;
    for (const endpoint of this.endpoints) endpoint.start(connection);
    this.subscriptions = verbs.flatMap((verb) =>
      [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${this.id}`].map((subject) =>
        connection.subscribe(subject, {
          // Without a queue group: every instance answers.
          callback: (error, message) => {
            if (error === null) this.describe(verb, message);
          },
        }),
      ),
    );
  }

  /** Answers what it has taken, then no more. */
  async stop(): Promise<void> {
    const connected = this.settings.link.up;
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await Promise.all(this.endpoints.map((endpoint) => endpoint.stop(connected)));
  }

  private describe(verb: Verb, message: Msg): void {
    const body = { type: `io.nats.micro.v1.${verb.toLowerCase()}_response`, ...this.identity(), ...this.details(verb) };
    message.respond(JSON.stringify(body));
  }

  private identity(): Record<string, unknown> {
    const { name, version, metadata } = this.settings;
    return { name, id: this.id, version, metadata: metadata ?? {} };
  }

  private details(verb: Verb): Record<string, unknown> {
    if (verb === 'PING') return {};
    if (verb === 'STATS') return { started: this.started, endpoints: this.endpoints.map((one) => one.stats()) };
    return { description: this.settings.description, endpoints: this.endpoints.map((one) => one.info()) };
  }
}
