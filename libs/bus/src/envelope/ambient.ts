import { AsyncLocalStorage } from 'node:async_hooks';

/** What a handler's own messages inherit from the one being handled. */
export interface Ambient {
  readonly correlationId: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const storage = new AsyncLocalStorage<Ambient>();

/** Runs a handler so that everything it publishes or asks belongs to the same correlation and trace. */
export function withAmbient<T>(ambient: Ambient, run: () => T): T {
  return storage.run(ambient, run);
}

/** The message being handled, undefined outside a handler. Loggers take the correlation from here. */
export function currentAmbient(): Ambient | undefined {
  return storage.getStore();
}
