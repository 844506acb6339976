import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { headers as newHeaders, type Msg, type NatsConnection, TimeoutError } from '@nats-io/nats-core';
import { DrError, type ErrorReply, type Message, replyClassOf, requestSubject, validate } from '@novacron/contracts';
import type { Link } from '../connection/link.js';
import type { ContractRegistry } from '../contracts/contract-registry.js';
import { currentAmbient } from '../envelope/ambient.js';
import { decodeBody } from '../envelope/body.js';
import { headerMap } from '../envelope/cloud-event.js';
import { encodeHeaderValue } from '../envelope/header-values.js';
import { nextTrace } from '../envelope/trace-context.js';
import { isNoResponders, publishFailure } from '../publishing/publish-failure.js';

export interface RequestOptions {
  /** Default 5 s. */
  readonly timeoutMs?: number;
  readonly correlationId?: string;
  /** Another estate than our own. */
  readonly estate?: string;
}

/** After a server's restart everyone comes back within this time, the asker perhaps before the asked. */
const returningMs = 2_000;

/** Asks services. A request reaches a service once: only the caller knows whether asking twice is safe. */
export class RequestClient {
  constructor(
    private readonly connection: NatsConnection,
    private readonly link: Link,
    private readonly registry: ContractRegistry,
    private readonly estate: string,
  ) {}

  /**
   * The reply, checked against its contract. Without a connection it waits for one: what the library would keep and send
   * later could reach the service after the caller has given up.
   * @throws the DrError of the reply; BUS_UNAVAILABLE when there was no connection in time, and nothing was sent; UNREACHABLE when no instance of the service listens, TIMEOUT when it did not answer (it
   * may have acted), INVALID_MESSAGE when the request does not keep its contract.
   */
  async request<R>(message: Message, options: RequestOptions = {}): Promise<R> {
    const contract = this.registry.requestOf(message);
    validate(contract.class, message, 'strict');
    const subject = requestSubject(options.estate ?? this.estate, contract);
    const timeoutMs = options.timeoutMs ?? 5_000;
    const reply = await this.ask(subject, JSON.stringify(message), options, timeoutMs).catch((error: unknown) => {
      throw requestFailure(error, contract.service, subject, timeoutMs);
    });
    throwErrorReply(reply);
    return validate(replyClassOf(contract, message), decodeBody(reply.data), 'tolerant') as R;
  }

  private async ask(subject: string, body: string, options: RequestOptions, timeoutMs: number): Promise<Msg> {
    const headers = requestHeaders(options);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const closed = this.connection.isClosed() || this.connection.isDraining();
      if (!closed && !(await this.link.standsWithin(deadline - performance.now()))) {
        throw new DrError('BUS_UNAVAILABLE', `no connection to NATS within ${timeoutMs} ms`);
      }
      try {
        const timeout = Math.max(1, Math.ceil(deadline - performance.now()));
        return await this.connection.request(subject, body, { timeout, headers });
      } catch (error) {
        // Nobody was given it, so that sending it again is safe.
        const returning = isNoResponders(error) && this.link.standingForMs < returningMs;
        if (!returning || performance.now() >= deadline) throw error;
        await sleep(100);
      }
    }
  }
}

function requestHeaders(options: RequestOptions): ReturnType<typeof newHeaders> {
  const ambient = currentAmbient();
  const out = newHeaders();
  out.set('ce-correlationid', encodeHeaderValue(options.correlationId ?? ambient?.correlationId ?? randomUUID()));
  if (ambient?.causationId !== undefined) out.set('ce-causationid', encodeHeaderValue(ambient.causationId));
  const { traceparent, tracestate } = nextTrace(ambient);
  out.set('traceparent', traceparent);
  if (tracestate !== undefined) out.set('tracestate', tracestate);
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
