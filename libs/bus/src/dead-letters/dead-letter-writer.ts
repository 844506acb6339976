import { hostname } from 'node:os';
import { headers as newHeaders, type MsgHdrs } from '@nats-io/nats-core';
import { deadLetterSubject, type DrError } from '@novacron/contracts';
import type { Bus } from '../bus.js';
import { encodeHeaderValue } from '../envelope/header-values.js';
import { publishUntilStored } from '../publishing/publish-until-stored.js';
import { type StreamMessage } from '../consuming/stream-message.js';

/** A message that could not be handled, and where it stands. */
export interface DeadMessage {
  readonly subject: string;
  readonly stream: string;
  readonly durable: string;
  readonly sequence: number;
  readonly deliveries: number;
  readonly headers: MsgHdrs | undefined;
  readonly body: Uint8Array;
}

const publishTimeoutMs = 30_000;
/** Room for our headers beside a body of the size that the server just allows. */
const headerRoomBytes = 64 * 1024;
/** JetStream refuses more than 64 KiB of headers; ours need a part of it. */
const copiedRoomBytes = 32 * 1024;
const maxCopiedLength = 1_024;

/** Files dead letters: the message as it was, with why it is dead. */
export class DeadLetterWriter {
  constructor(private readonly bus: Bus) {}

  /** Resolved once the dead letter is stored; a second one for the same delivery is stored once. @throws DrError BUS_UNAVAILABLE. */
  async write(message: StreamMessage, durable: string, error: DrError): Promise<void> {
    const { stream, streamSequence, deliveries } = message.info;
    await this.file(
      {
        subject: message.subject,
        stream,
        durable,
        sequence: streamSequence,
        deliveries,
        headers: message.headers,
        body: message.data,
      },
      error,
    );
  }

  async file(dead: DeadMessage, error: DrError): Promise<void> {
    const headers = copiedHeaders(dead.headers);
    // The same id from the handler and from the advisory: whoever comes second changes nothing.
    headers.set('Nats-Msg-Id', `${dead.stream}:${dead.durable}:${dead.sequence}`);
    const set = (name: string, value: string | number): void =>
      headers.set(`dr-dlq-${name}`, encodeHeaderValue(String(value)));
    set('code', error.code);
    set('reason', error.message.slice(0, 512));
    set('subject', dead.subject);
    set('stream', dead.stream);
    set('consumer', dead.durable);
    set('seq', dead.sequence);
    set('deliveries', dead.deliveries);
    set('failed-at', new Date().toISOString());
    set('instance', `${this.bus.settings.service}/${this.bus.settings.instance}@${hostname()}`);
    const limit = (this.bus.connection.info?.max_payload ?? 1024 * 1024) - headerRoomBytes;
    const fits = dead.body.length <= limit;
    if (!fits) set('body', 'omitted');
    const [service = dead.durable, consumer = dead.durable] = dead.durable.split('__');
    const estate = dead.subject.split('.')[1] ?? this.bus.estate;
    const subject = deadLetterSubject(estate, service, consumer);
    const body = fits ? dead.body : new Uint8Array();
    await publishUntilStored(this.bus.jetstream, { subject, body, headers }, publishTimeoutMs);
  }
}

/**
 * The event's attributes and its trace, as they were. Nothing that begins with `Nats-`: a copied message id would make the
 * dead letter a duplicate, a copied rollup would purge the stream.
 */
function copiedHeaders(from: MsgHdrs | undefined): MsgHdrs {
  const copied = newHeaders();
  let room = copiedRoomBytes;
  for (const [name, values] of from ?? []) {
    const value = values[0] ?? '';
    const wanted = /^(?:ce-[a-z0-9]{1,20}|traceparent|tracestate|baggage)$/iu.test(name);
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 4;
    if (!wanted || value.length > maxCopiedLength || bytes > room) continue;
    copied.set(name.toLowerCase(), value);
    room -= bytes;
  }
  return copied;
}
