import type { Delivered } from '@novacron/contracts';
import { BaseRpcContext } from '@nestjs/microservices';

export interface MessageContextFields {
  readonly subject: string;
  readonly correlationId: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** By lower-case name, as they came (percent-encoded). */
  readonly headers: ReadonlyMap<string, string>;
  /** The event; absent for a command or query. */
  readonly delivered?: Delivered;
  /** Aborts when the handler has used up its time; absent for a command or query. */
  readonly signal?: AbortSignal;
}

/** What `@Ctx()` gives a handler. */
export class MessageContext extends BaseRpcContext<[MessageContextFields]> {
  constructor(readonly fields: MessageContextFields) {
    super([fields]);
  }

  get subject(): string {
    return this.fields.subject;
  }

  get correlationId(): string {
    return this.fields.correlationId;
  }

  get traceparent(): string | undefined {
    return this.fields.traceparent;
  }

  get headers(): ReadonlyMap<string, string> {
    return this.fields.headers;
  }

  get delivered(): Delivered | undefined {
    return this.fields.delivered;
  }

  get signal(): AbortSignal | undefined {
    return this.fields.signal;
  }
}
