import { randomBytes } from 'node:crypto';

/** W3C Trace Context, level 1: version, trace id, parent id, flags. */
const form = /^00-(?<trace>[0-9a-f]{32})-(?<parent>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})$/u;
const noTrace = '0'.repeat(32);
const noParent = '0'.repeat(16);

/** A hop of a trace, as W3C Trace Context writes it down. */
export interface TraceContext {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

export function isTraceparent(text: string): boolean {
  const groups = form.exec(text)?.groups;
  return groups !== undefined && groups['trace'] !== noTrace && groups['parent'] !== noParent;
}

/** The next hop of a trace: the same trace with a span of its own; a new, sampled trace where there is none to go on with. */
function nextTraceparent(parent: string | undefined): string {
  const groups = parent !== undefined && isTraceparent(parent) ? form.exec(parent)?.groups : undefined;
  const trace = groups?.['trace'] ?? randomBytes(16).toString('hex');
  return `00-${trace}-${randomBytes(8).toString('hex')}-${groups?.['flags'] ?? '01'}`;
}

/**
 * What of these headers (by lower-case name) may be believed. A state without a parent, or one that is longer than the 512
 * characters which everyone must hand on, is dropped, as the standard asks for.
 */
export function readTrace(headers: ReadonlyMap<string, string>, fallback?: string): TraceContext {
  const traceparent = [headers.get('traceparent'), fallback].find((each) => each !== undefined && isTraceparent(each));
  if (traceparent === undefined) return {};
  const tracestate = headers.get('tracestate') ?? '';
  return /^[\x20-\x7e]{1,512}$/u.test(tracestate) ? { traceparent, tracestate } : { traceparent };
}

/** The next hop after `parent`, which may be none. */
export function nextTrace(parent: TraceContext | undefined): TraceContext & { readonly traceparent: string } {
  const state = parent?.tracestate === undefined ? {} : { tracestate: parent.tracestate };
  return { traceparent: nextTraceparent(parent?.traceparent), ...state };
}

/** The trace of whatever carries one, and nothing else of it. */
export function traceOf({ traceparent, tracestate }: TraceContext): TraceContext {
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}
