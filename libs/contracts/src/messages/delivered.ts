import type { Message } from './message.js';

/** An event as a handler receives it: its checked data and the envelope it came in (CloudEvents 1.0, DESIGN §3). */
export interface Delivered<T extends Message = Message> {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** `ce-subject`: the entity the fact is about. */
  readonly entity: string;
  /** The incident or operation this belongs to. */
  readonly correlationId: string;
  /** The message that caused this one. */
  readonly causationId?: string;
  /** W3C trace context of the hop on which it came. */
  readonly traceparent?: string;
  /** What the parties of the trace say to one another; handed on as it came. */
  readonly tracestate?: string;
  readonly data: T;
  /** Sequence in `DR_EVENTS`. */
  readonly sequence: number;
  /** 1 on the first delivery. */
  readonly deliveries: number;
}
