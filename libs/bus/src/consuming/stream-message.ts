import { type Msg, type MsgHdrs, nanos } from '@nats-io/nats-core';
import { DrError } from '@novacron/contracts';

export interface DeliveryInfo {
  readonly stream: string;
  readonly consumer: string;
  readonly streamSequence: number;
  /** 1 on the first delivery. */
  readonly deliveries: number;
}

/** Made once: it is the answer to nearly every message. */
const ackBody = new TextEncoder().encode('+ACK');

/**
 * A message that a durable consumer delivered, and its answers (ADR-13). Only the first of `ack`, `retry` and `terminate`
 * is sent; `working` may be sent before them as often as one likes.
 */
export class StreamMessage {
  readonly info: DeliveryInfo;
  private settled = false;

  constructor(private readonly message: Msg) {
    this.info = deliveryInfo(message.reply ?? '');
  }

  get subject(): string {
    return this.message.subject;
  }

  get headers(): MsgHdrs | undefined {
    return this.message.headers;
  }

  get data(): Uint8Array {
    return this.message.data;
  }

  ack(): void {
    this.answer(ackBody);
  }

  /** Again after a pause; never without one: all attempts would be over within milliseconds. */
  retry(delayMs: number): void {
    this.answer(`-NAK ${JSON.stringify({ delay: nanos(Math.max(1, delayMs)) })}`);
  }

  /** Never again. The reason is in the server's advisory. */
  terminate(reason: string): void {
    this.answer(`+TERM ${reason}`);
  }

  /** Begins the consumer's `ack_wait` anew. */
  working(): void {
    if (!this.settled) this.message.respond('+WPI');
  }

  private answer(verb: string | Uint8Array): void {
    if (this.settled) return;
    this.settled = true;
    this.message.respond(verb);
  }
}

/**
 * What the server says of a delivery in its reply subject: nine tokens, or eleven and more where it names a domain and an
 * account before the stream.
 */
export function deliveryInfo(reply: string): DeliveryInfo {
  const tokens = reply.split('.');
  const at = tokens.length === 9 ? 2 : 4;
  const [stream, consumer, deliveries, streamSequence] = tokens.slice(at, at + 4);
  const isAck = tokens[0] === '$JS' && tokens[1] === 'ACK' && (tokens.length === 9 || tokens.length >= 11);
  if (!isAck || stream === undefined || consumer === undefined) {
    throw new DrError('INTERNAL', `not the reply subject of a delivery: ${reply}`);
  }
  return { stream, consumer, streamSequence: Number(streamSequence), deliveries: Number(deliveries) };
}
