import { randomBytes, randomUUID } from 'node:crypto';
import {
  AckPolicy,
  DeliverPolicy,
  type JetStreamClient,
  jetstream,
  jetstreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { headers, type MsgHdrs, nanos, type NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { type BackupCompleted, streams } from '@novacron/contracts';
import { sampleEvent } from './sample-event.js';
import { type BusSide, type Consuming, heldEvents } from './side.js';

const stream = streams.events.name;
const durable = 'bare';
const estate = 'bare';

/**
 * How events are taken from the library: in its documented loop, in order, the next one when this one is done; or by a
 * callback that nobody waits for, the fastest there is, without order and without a limit to what is being handled.
 */
export type BareForm = 'loop' | 'callbacks';

/**
 * The client library by itself, used by someone who sends the same messages and acknowledges after the effect: JSON and the
 * same headers one way, both read for a handler the other way. Nothing is checked. Two connections, as ours are two services.
 */
export class BareSide implements BusSide {
  private constructor(
    private readonly form: BareForm,
    private readonly publisher: NatsConnection,
    private readonly consumer: NatsConnection,
    private readonly client: JetStreamClient,
  ) {}

  get name(): string {
    return `bare client, ${this.form}`;
  }

  static async connect(url: string, form: BareForm): Promise<BareSide> {
    const [publisher, consumer] = [await connect({ servers: url }), await connect({ servers: url })];
    const manager = await jetstreamManager(publisher);
    await manager.consumers.add(stream, {
      durable_name: durable,
      filter_subject: `dr.${estate}.event.backup.backup-completed.*`,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.New,
      ack_wait: nanos(10_000),
      max_deliver: 5,
      max_ack_pending: 1_024,
    });
    return new BareSide(form, publisher, consumer, jetstream(publisher));
  }

  async publish(number: number): Promise<void> {
    const event = sampleEvent(number);
    const subject = `dr.${estate}.event.backup.backup-completed.${event.backupId}`;
    await this.client.publish(subject, JSON.stringify(event), { headers: headersOf(event) });
  }

  async consume(onEvent: (number: number) => void): Promise<Consuming> {
    const consumer = await jetstream(this.consumer).consumers.get(stream, durable);
    const handle = async (event: BareEvent): Promise<void> => onEvent(event.data.durationMs);
    const acknowledgeAfter = (message: JsMsg): Promise<void> => handle(read(message)).then(() => message.ack());
    const limit = { max_messages: heldEvents };
    if (this.form === 'callbacks') {
      const messages = await consumer.consume({ ...limit, callback: (message) => void acknowledgeAfter(message) });
      return this.consuming(async () => void (await messages.close()));
    }
    const messages = await consumer.consume(limit);
    const ended = (async () => {
      for await (const message of messages) await acknowledgeAfter(message);
    })();
    return this.consuming(async () => {
      await messages.close();
      await ended;
    });
  }

  async close(): Promise<void> {
    await this.publisher.drain();
    await this.consumer.drain();
  }

  private consuming(stop: () => Promise<void>): Consuming {
    return { flush: () => this.consumer.flush(), stop };
  }
}

interface BareEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly time: string;
  readonly entity: string;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly data: BackupCompleted;
}

/** What our handlers are given, unchecked. */
function read(message: JsMsg): BareEvent {
  const header = (name: string): string => message.headers?.get(name) ?? '';
  return {
    id: header('ce-id'),
    type: header('ce-type'),
    source: header('ce-source'),
    time: header('ce-time'),
    entity: header('ce-subject'),
    correlationId: header('ce-correlationid'),
    traceparent: header('traceparent'),
    data: message.json<BackupCompleted>(),
  };
}

function headersOf(event: BackupCompleted): MsgHdrs {
  const id = randomUUID();
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
  const out = headers();
  out.set('Nats-Msg-Id', id);
  out.set('ce-specversion', '1.0');
  out.set('ce-id', id);
  out.set('ce-type', 'io.novacron.dr.BackupCompleted.v1');
  out.set('ce-source', `/${estate}/backup`);
  out.set('ce-time', new Date().toISOString());
  out.set('ce-subject', event.backupId);
  out.set('ce-datacontenttype', 'application/json');
  out.set('ce-correlationid', id);
  out.set('ce-traceparent', traceparent);
  out.set('traceparent', traceparent);
  return out;
}
