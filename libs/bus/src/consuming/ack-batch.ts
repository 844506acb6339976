import type { StreamMessage } from './stream-message.js';

/**
 * Sends the acknowledgements that one turn of the event loop brings together: they leave in one write, and a write costs more
 * than most handlers. Until then the messages count as held, so that nothing is acknowledged that has no effect yet.
 */
export class AckBatch {
  private waiting: StreamMessage[] = [];

  constructor(private readonly onFailure: (message: StreamMessage, error: unknown) => void) {}

  add(message: StreamMessage): void {
    this.waiting.push(message);
    if (this.waiting.length === 1) setImmediate(() => this.send());
  }

  send(): void {
    const ready = this.waiting;
    this.waiting = [];
    for (const message of ready) {
      try {
        message.ack();
      } catch (error) {
        this.onFailure(message, error);
      }
    }
  }
}
