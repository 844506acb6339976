import { setTimeout as sleep } from 'node:timers/promises';

/** So many bytes a second, shared by all who ask; up to a second's worth may be saved up. */
export class ByteBudget {
  private readyAtMs: number;

  constructor(
    private readonly bytesPerSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.readyAtMs = now() - 1_000;
  }

  /** How long the taker of so many bytes has to wait, milliseconds. */
  take(bytes: number): number {
    const now = this.now();
    const waitMs = Math.max(0, this.readyAtMs - now);
    this.readyAtMs = Math.max(this.readyAtMs, now - 1_000) + (bytes / this.bytesPerSecond) * 1_000;
    return waitMs;
  }

  async spend(bytes: number, signal?: AbortSignal): Promise<void> {
    const waitMs = this.take(bytes);
    if (waitMs > 0) await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
  }
}
