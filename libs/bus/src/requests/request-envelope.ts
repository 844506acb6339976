import { randomUUID } from 'node:crypto';
import type { Ambient } from '../envelope/ambient.js';
import { decodeHeaderValue } from '../envelope/header-values.js';
import { nextTrace, readTrace } from '../envelope/trace-context.js';

/**
 * To what a request belongs. One made by hand says nothing of it and begins a correlation of its own. Hostile or broken
 * values are as good as none: a request is not refused for them.
 */
export function requestEnvelope(headers: ReadonlyMap<string, string>): Ambient & { readonly traceparent: string } {
  const causationId = readable(headers, 'ce-causationid');
  return {
    correlationId: readable(headers, 'ce-correlationid') ?? randomUUID(),
    ...(causationId === undefined ? {} : { causationId }),
    ...nextTrace(undefined),
    ...readTrace(headers),
  };
}

function readable(headers: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = headers.get(name);
  if (value === undefined || value === '' || value.length > 1_024) return undefined;
  try {
    return decodeHeaderValue(name, value);
  } catch {
    return undefined;
  }
}
