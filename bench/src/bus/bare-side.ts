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
 * The client library by itself, doing what anyone would have to do who sends the same messages: JSON and the same headers
 * one way, JSON and the event's id and type read the other way; nothing checked, nothing around the handler.
 */
export class BareSide implements BusSide {
  readonly name = 'bare client';

  private constructor(
    private readonly connection: NatsConnection,
    private readonly client: JetStreamClient,
  ) {}

  static async connect(url: string): Promise<BareSide> {
    const connection = await connect({ servers: url });
    const manager = await jetstreamManager(connection);
    await manager.consumers.add(stream, {
      durable_name: durable,
      filter_subject: `dr.${estate}.event.backup.backup-completed.*`,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.New,
      ack_wait: nanos(10_000),
      max_deliver: 5,
      max_ack_pending: 1_024,
    });
    return new BareSide(connection, jetstream(connection));
  }

  async publish(number: number): Promise<void> {
    const event = sampleEvent(number);
    const subject = `dr.${estate}.event.backup.backup-completed.${event.backupId}`;
    await this.client.publish(subject, JSON.stringify(event), { headers: headersOf(event) });
  }

  async consume(onEvent: (number: number) => void): Promise<Consuming> {
    const consumer = await this.client.consumers.get(stream, durable);
    const messages = await consumer.consume({
      max_messages: heldEvents,
      callback: (message: JsMsg) => {
        const id = message.headers?.get('ce-id');
        const type = message.headers?.get('ce-type');
        if (id === '' || type !== 'io.novacron.dr.BackupCompleted.v1') throw new Error('not the event that was sent');
        onEvent(message.json<BackupCompleted>().durationMs);
        message.ack();
      },
    });
    return {
      flush: () => this.connection.flush(),
      stop: async () => {
        await messages.close();
      },
    };
  }

  async close(): Promise<void> {
    await this.connection.drain();
  }
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
