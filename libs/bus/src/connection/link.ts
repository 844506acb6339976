import type { NatsConnection } from '@nats-io/nats-core';
import type { Logger } from '../logger.js';

/** Whether the connection stands, and who wants to know when it stands again. */
export class Link {
  private standing = true;
  private standingSinceMs = performance.now();
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly logger: Logger,
  ) {
    void this.follow();
  }

  /** False also while the connection is being left: what is published then throws. */
  get up(): boolean {
    return this.standing && !this.connection.isClosed() && !this.connection.isDraining();
  }

  /** How long the connection has stood; 0 while it does not. */
  get standingForMs(): number {
    return this.up ? performance.now() - this.standingSinceMs : 0;
  }

  /** Waits until the connection stands; false where it did not in time, or is being left. */
  async standsWithin(timeoutMs: number): Promise<boolean> {
    if (this.up || this.connection.isClosed() || this.connection.isDraining()) return this.up;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        off();
        resolve(this.up);
      };
      const off = this.onReconnect(done);
      const timer = setTimeout(done, timeoutMs);
    });
  }

  /** Calls back after each reconnect; the server has forgotten what was asked before. Returns how to stop that. */
  onReconnect(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async follow(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect' || status.type === 'staleConnection') {
        if (this.standing) this.logger.warn('connection to NATS lost', { event: status.type });
        this.standing = false;
      } else if (status.type === 'reconnect') {
        this.standing = true;
        this.standingSinceMs = performance.now();
        this.logger.info('connected to NATS again', { server: status.server });
        for (const listener of this.listeners) listener();
      } else if (status.type === 'error') {
        this.logger.error('NATS reported an error', { reason: status.error.message });
      }
    }
    this.standing = false;
  }
}
