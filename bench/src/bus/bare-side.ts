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
 * The client library by itself, used as its documentation shows, by someone who sends the same messages: JSON and the same
 * headers one way; the other way both read for the handler, and the ack after it. Nothing is checked.
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
    const messages = await consumer.consume({ max_messages: heldEvents });
    const handle = async (event: BareEvent): Promise<void> => onEvent(event.data.durationMs);
    const ended = (async () => {
      for await (const message of messages) {
        await handle(read(message));
        message.ack();
      }
    })();
    return {
      flush: () => this.connection.flush(),
      stop: async () => {
        await messages.close();
        await ended;
      },
    };
  }

  async close(): Promise<void> {
    await this.connection.drain();
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
