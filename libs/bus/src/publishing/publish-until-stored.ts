import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers as newHeaders, type MsgHdrs } from '@nats-io/nats-core';
import { DrError } from '@novacron/contracts';
import { isStillInProcess, publishFailure } from './publish-failure.js';

export interface StoredAt {
  readonly sequence: number;
  /** True when JetStream had this message already: it was stored once. */
  readonly duplicate: boolean;
}

export interface OutgoingMessage {
  readonly subject: string;
  readonly body: string | Uint8Array;
  /** Must carry `Nats-Msg-Id`: what is sent again is recognised by it. */
  readonly headers: MsgHdrs;
}

/** How long one attempt waits: an election of a stream leader takes some seconds, and a lost answer is best asked again. */
const attemptMs = 2_000;

/**
 * How long a leader may say of a message that its original is on its way. One that has lost its quorum steps down within twenty
 * seconds and says nothing more; one that says so for longer has dropped the original in a change of leaders and would go on
 * until the stream's duplicate window is over.
 */
const inProcessAtMostMs = 22_000;

/**
 * Stores a message, sending the same one again through reconnects, elections and restarts until JetStream confirms it.
 * @throws DrError BUS_UNAVAILABLE (retryable) after `timeoutMs`: the message may or may not be stored, and sending it again
 * with the same id is safe within the stream's duplicate window; at once for what no retry can help. Where the server has
 * dropped an original that it goes on to wait for, the message is sent under an id of its own.
 */
export async function publishUntilStored(
  jetstream: JetStreamClient,
  message: OutgoingMessage,
  timeoutMs: number,
  patienceMs = inProcessAtMostMs,
): Promise<StoredAt> {
  const deadline = performance.now() + timeoutMs;
  let { headers } = message;
  let inProcessSinceMs: number | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const remainingMs = deadline - performance.now();
    try {
      const timeout = Math.max(1, Math.min(attemptMs, Math.ceil(remainingMs)));
      const ack = await jetstream.publish(message.subject, message.body, { headers, timeout });
      // A duplicate without a place is one whose original the leader has proposed and no quorum has stored yet.
      if (ack.seq === 0) throw new NotStoredYet(message.subject);
      return { sequence: ack.seq, duplicate: ack.duplicate };
    } catch (error) {
      const inProcess = error instanceof NotStoredYet || isStillInProcess(error);
      inProcessSinceMs = inProcess ? (inProcessSinceMs ?? performance.now()) : undefined;
      if (inProcessSinceMs !== undefined && performance.now() - inProcessSinceMs >= patienceMs) {
        headers = underAnotherId(headers, attempt);
        inProcessSinceMs = undefined;
      }
      const failure = publishFailure(error, message.subject);
      if (!failure.retryable) throw failure;
      const waitMs = Math.min(1_000, 25 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);
      if (performance.now() + waitMs >= deadline) {
        throw new DrError('BUS_UNAVAILABLE', failure.message, { details: failure.details, cause: error });
      }
      await sleep(waitMs);
    }
  }
}

class NotStoredYet extends DrError {
  constructor(subject: string) {
    super('BUS_UNAVAILABLE', `no quorum has stored ${subject} yet`);
  }
}

function underAnotherId(headers: MsgHdrs, attempt: number): MsgHdrs {
  const out = newHeaders();
  for (const [name, values] of headers) for (const value of values) out.append(name, value);
  out.set('Nats-Msg-Id', `${headers.get('Nats-Msg-Id')}~${attempt}`);
  return out;
}
