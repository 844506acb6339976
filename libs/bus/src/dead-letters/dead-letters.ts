import { DeliverPolicy, type JetStreamManager, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { headers as newHeaders, type MsgHdrs } from '@nats-io/nats-core';
import { DrError, streams } from '@novacron/contracts';
import type { Bus } from '../bus.js';
import { headerMap } from '../envelope/cloud-event.js';
import { decodeHeaderValue } from '../envelope/header-values.js';
import { publishUntilStored, type StoredAt } from '../publishing/publish-until-stored.js';

/** A dead letter as people read it. */
export interface DeadLetter {
  /** Its own number: what `show` and `replay` take. */
  readonly sequence: number;
  readonly failedAt: string;
  /** The durable consumer that could not handle it. */
  readonly consumer: string;
  readonly code: string;
  readonly reason: string;
  readonly deliveries: number;
  /** Where the message stood. */
  readonly stream: string;
  readonly streamSequence: number;
  readonly subject: string;
  /** Of a CloudEvent; empty where the message was none. */
  readonly type: string;
  readonly id: string;
  readonly correlationId: string;
}

export interface DeadLetterContent {
  readonly letter: DeadLetter;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

const deadLetters = streams.deadLetters.name;

/** What operators do with dead letters. Those that were replayed are gone from here: what is listed is still to be dealt with. */
export class DeadLetters {
  private constructor(
    private readonly bus: Bus,
    private readonly manager: JetStreamManager,
  ) {}

  static async open(bus: Bus): Promise<DeadLetters> {
    return new DeadLetters(bus, await jetstreamManager(bus.connection, { checkAPI: false, timeout: 5_000 }));
  }

  /** The newest first, at most `limit`. */
  async list(limit = 100): Promise<DeadLetter[]> {
    const { state } = await this.manager.streams.info(deadLetters);
    if (state.messages === 0) return [];
    // From near the end: there may be very many. What was replayed leaves gaps, so it may take a longer look back.
    for (let span = limit; ; span *= 8) {
      const from = Math.max(state.first_seq, state.last_seq - span + 1);
      const found = await this.readFrom(from);
      if (found.length >= limit || from === state.first_seq) return found.slice(-limit).toReversed();
    }
  }

  /** @throws DrError NOT_FOUND. */
  async show(sequence: number): Promise<DeadLetterContent> {
    const stored = await this.read(deadLetters, sequence);
    const letter = describe(sequence, stored.header);
    const headers = headerMap(stored.header);
    const omitted = headers.get('dr-dlq-body') === 'omitted';
    const body = omitted ? (await this.read(letter.stream, letter.streamSequence)).data : stored.data;
    return { letter, headers, body };
  }

  /**
   * Publishes the message again where it was, with its id, correlation and trace, and removes the dead letter. Every consumer
   * of it receives it once more, the one that failed too: handlers are idempotent. Replaying twice stores it once.
   * @throws DrError NOT_FOUND, BUS_UNAVAILABLE.
   */
  async replay(sequence: number): Promise<StoredAt> {
    const { letter, headers, body } = await this.show(sequence);
    const out = newHeaders();
    for (const [name, value] of headers) {
      if (!name.startsWith('nats-') && !name.startsWith('dr-dlq-')) out.set(name, value);
    }
    out.set('Nats-Msg-Id', `replay:${deadLetters}:${sequence}`);
    out.set('dr-replay-of', String(sequence));
    const stored = await publishUntilStored(
      this.bus.jetstream,
      { subject: letter.subject, body, headers: out },
      30_000,
    );
    await this.manager.streams.deleteMessage(deadLetters, sequence, false);
    return stored;
  }

  private async readFrom(sequence: number): Promise<DeadLetter[]> {
    const consumer = await this.bus.jetstream.consumers.get(deadLetters, {
      ...{ deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence },
      headers_only: true,
    });
    const found: DeadLetter[] = [];
    for (let pending = (await consumer.info()).num_pending; pending > 0;) {
      const before = found.length;
      const batch = await consumer.fetch({ max_messages: Math.min(pending, 500), expires: 5_000 });
      for await (const message of batch) {
        found.push(describe(message.info.streamSequence, message.headers));
        pending = message.info.pending;
      }
      // Removed meanwhile, by age or by a replay: there is no more to come.
      if (found.length === before) break;
    }
    await consumer.delete();
    return found;
  }

  private async read(stream: string, sequence: number): Promise<StoredMsg> {
    const stored = await this.manager.streams.getMessage(stream, { seq: sequence });
    if (stored !== null) return stored;
    throw new DrError('NOT_FOUND', `no message ${sequence} in ${stream}`, {
      hint: 'see `npm run dead-letters -- list` for what there is',
    });
  }
}

function describe(sequence: number, from: MsgHdrs | undefined): DeadLetter {
  const headers = headerMap(from);
  const read = (name: string): string => decodeHeaderValue(name, headers.get(name) ?? '');
  return {
    sequence,
    failedAt: read('dr-dlq-failed-at'),
    consumer: read('dr-dlq-consumer'),
    code: read('dr-dlq-code'),
    reason: read('dr-dlq-reason'),
    deliveries: Number(read('dr-dlq-deliveries')),
    stream: read('dr-dlq-stream'),
    streamSequence: Number(read('dr-dlq-seq')),
    subject: read('dr-dlq-subject'),
    type: headers.get('ce-type') ?? '',
    id: headers.get('ce-id') ?? '',
    correlationId: headers.get('ce-correlationid') ?? '',
  };
}
