import { headers as newHeaders, type MsgHdrs } from '@nats-io/nats-core';
import { DrError } from '@novacron/contracts';
import { decodeHeaderValue, encodeHeaderValue } from './header-values.js';
import { readTrace, type TraceContext } from './trace-context.js';

/** The attributes of a CloudEvent as we send them (binary mode, DESIGN §3). */
export interface Envelope extends TraceContext {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly entity: string;
  readonly correlationId: string;
  readonly causationId?: string;
}

/**
 * The headers of an event. `Nats-Msg-Id` is the event's id, so that a repeated publish is stored once. `ce-traceparent` is
 * where the event was made and stays when it is copied; `traceparent` is the hop (CloudEvents distributed tracing).
 */
export function writeHeaders(envelope: Envelope): MsgHdrs {
  const out = newHeaders();
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) out.set(name, encodeHeaderValue(value));
  };
  set('Nats-Msg-Id', envelope.id);
  set('ce-specversion', '1.0');
  set('ce-id', envelope.id);
  set('ce-type', envelope.type);
  set('ce-source', envelope.source);
  set('ce-time', envelope.time);
  set('ce-subject', envelope.entity);
  set('ce-datacontenttype', 'application/json');
  set('ce-correlationid', envelope.correlationId);
  set('ce-causationid', envelope.causationId);
  set('ce-traceparent', envelope.traceparent);
  set('traceparent', envelope.traceparent);
  // As it is: the standard allows it spaces.
  if (envelope.tracestate !== undefined) out.set('tracestate', envelope.tracestate);
  return out;
}

/** Headers by lower-case name, first value first: writers differ in case, and `MsgHdrs.get` compares exactly. */
export function headerMap(headers: MsgHdrs | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, values] of headers ?? []) {
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, values[0] ?? '');
  }
  return found;
}

/**
 * The envelope of a received event. An event made by hand with the stock CLI may lack a correlation: its own id is one.
 * @throws DrError INVALID_MESSAGE that names the header which is missing or wrong.
 */
export function readEnvelope(found: ReadonlyMap<string, string>): Envelope {
  if (found.get('content-type')?.toLowerCase().startsWith('application/cloudevents') === true) {
    throw wrong('content-type', 'must be absent: events are sent in binary mode');
  }
  const version = required(found, 'ce-specversion');
  if (version !== '1.0') throw wrong('ce-specversion', `must be 1.0, not ${version.slice(0, 16)}`);
  const contentType = found.get('ce-datacontenttype') ?? 'application/json';
  if (!/^application\/json(?:;.*)?$/iu.test(contentType)) throw wrong('ce-datacontenttype', 'must be application/json');
  const time = required(found, 'ce-time');
  if (Number.isNaN(Date.parse(time))) throw wrong('ce-time', 'must be an RFC 3339 time');
  const id = required(found, 'ce-id');
  const causationId = optional(found, 'ce-causationid');
  return {
    id,
    type: required(found, 'ce-type'),
    source: required(found, 'ce-source'),
    time,
    entity: required(found, 'ce-subject'),
    correlationId: optional(found, 'ce-correlationid') ?? id,
    ...(causationId === undefined ? {} : { causationId }),
    ...readTrace(found, found.get('ce-traceparent')),
  };
}

function required(found: ReadonlyMap<string, string>, name: string): string {
  const value = optional(found, name);
  if (value === undefined) throw wrong(name, 'is missing');
  return value;
}

function optional(found: ReadonlyMap<string, string>, name: string): string | undefined {
  const raw = found.get(name);
  if (raw === undefined || raw === '') return undefined;
  if (raw.length > 1024) throw wrong(name, 'is longer than 1024 characters');
  return decodeHeaderValue(name, raw);
}

function wrong(name: string, problem: string): DrError {
  return new DrError('INVALID_MESSAGE', `header ${name} ${problem}`, { details: [{ path: name, problem }] });
}
