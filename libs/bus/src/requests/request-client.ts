import { randomUUID } from 'node:crypto';
import { headers as newHeaders, type Msg, type NatsConnection, TimeoutError } from '@nats-io/nats-core';
import { DrError, type ErrorReply, type Message, replyClassOf, requestSubject, validate } from '@novacron/contracts';
import type { ContractRegistry } from '../contracts/contract-registry.js';
import { currentAmbient } from '../envelope/ambient.js';
import { decodeBody } from '../envelope/body.js';
import { headerMap } from '../envelope/cloud-event.js';
import { encodeHeaderValue } from '../envelope/header-values.js';
import { nextTraceparent } from '../envelope/trace-context.js';
import { isNoResponders, publishFailure } from '../publishing/publish-failure.js';

export interface RequestOptions {
  /** Default 5 s. */
  readonly timeoutMs?: number;
  readonly correlationId?: string;
  /** Another estate than our own. */
  readonly estate?: string;
}

/** Asks services. A request is sent once: only the caller knows whether asking twice is safe. */
export class RequestClient {
  constructor(
    private readonly connection: NatsConnection,
    private readonly registry: ContractRegistry,
    private readonly estate: string,
  ) {}

  /**
   * The reply, checked against its contract.
   * @throws the DrError of the reply; UNREACHABLE when no instance of the service listens, TIMEOUT when it did not answer (it
   * may have acted), INVALID_MESSAGE when the request does not keep its contract.
   */
  async request<R>(message: Message, options: RequestOptions = {}): Promise<R> {
    const contract = this.registry.requestOf(message);
    validate(contract.class, message, 'strict');
    const subject = requestSubject(options.estate ?? this.estate, contract);
    const timeout = options.timeoutMs ?? 5_000;
    const reply = await this.connection
      .request(subject, JSON.stringify(message), { timeout, headers: requestHeaders(options) })
      .catch((error: unknown) => {
        throw requestFailure(error, contract.service, subject, timeout);
      });
    throwErrorReply(reply);
    return validate(replyClassOf(contract, message), decodeBody(reply.data), 'tolerant') as R;
  }
}

function requestHeaders(options: RequestOptions): ReturnType<typeof newHeaders> {
  const ambient = currentAmbient();
  const out = newHeaders();
  out.set('ce-correlationid', encodeHeaderValue(options.correlationId ?? ambient?.correlationId ?? randomUUID()));
  if (ambient?.causationId !== undefined) out.set('ce-causationid', encodeHeaderValue(ambient.causationId));
  out.set('traceparent', nextTraceparent(ambient?.traceparent));
  return out;
}

function requestFailure(error: unknown, service: string, subject: string, timeoutMs: number): DrError {
  if (isNoResponders(error)) {
    return new DrError('UNREACHABLE', `no instance of ${service} answers ${subject}`, {
      hint: `start the service ${service}, or wait until it is ready`,
      cause: error,
    });
  }
  if (error instanceof TimeoutError) {
    return new DrError('TIMEOUT', `${service} did not answer within ${timeoutMs} ms`, {
      hint: 'ask its status query whether it acted before asking again',
      cause: error,
    });
  }
  return publishFailure(error, subject);
}

/** The NATS service protocol marks an error by headers; ours has the whole error in the body. */
function throwErrorReply(reply: Msg): void {
  const found = headerMap(reply.headers);
  const status = found.get('nats-service-error-code');
  if (status === undefined) return;
  const text = found.get('nats-service-error') ?? 'no message';
  let body: Partial<ErrorReply> = { message: text };
  try {
    const decoded = decodeBody(reply.data);
    if (typeof decoded === 'object' && decoded !== null && 'code' in decoded) body = decoded as Partial<ErrorReply>;
  } catch {
    // A service of another house may reply with any body: its header is the message then.
  }
  throw DrError.fromReply(body);
}
