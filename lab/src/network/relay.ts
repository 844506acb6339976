import type { Socket } from 'node:net';

/** So much may wait for its time in one direction before the sender is asked to pause. */
const maxWaitingBytes = 1_048_576;

interface Waiting {
  readonly at: number;
  readonly chunk: Buffer | 'end';
}

/**
 * Carries what one side sends to the other, each piece `delayMs()` later, in order. Stopped, it reads no more and passes
 * nothing on, not even that a side has gone: what a cut cable does.
 */
export class Relay {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly delayMs: () => number,
  ) {
    from.on('data', (chunk: Buffer) => this.take(chunk));
    from.on('end', () => this.take('end'));
    to.on('drain', () => {
      if (!this.stopped) from.resume();
    });
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.waiting = [];
    this.from.pause();
  }

  private take(chunk: Buffer | 'end'): void {
    if (this.stopped) return;
    const delayMs = this.delayMs();
    if (delayMs === 0 && this.waiting.length === 0) {
      this.pass(chunk);
      return;
    }
    this.waiting.push({ at: performance.now() + delayMs, chunk });
    this.waitingBytes += chunk.length;
    if (this.waitingBytes > maxWaitingBytes) this.from.pause();
    this.wake();
  }

  private wake(): void {
    const [first] = this.waiting;
    if (first === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.passDue(), Math.max(0, first.at - performance.now()));
  }

  private passDue(): void {
    const now = performance.now();
    while (this.waiting[0] !== undefined && this.waiting[0].at <= now + 0.5) {
      const { chunk } = this.waiting.shift() as Waiting;
      this.waitingBytes -= chunk.length;
      this.pass(chunk);
    }
    if (this.waitingBytes < maxWaitingBytes / 2) this.from.resume();
    this.wake();
  }

  private pass(chunk: Buffer | 'end'): void {
    if (this.to.destroyed) return;
    if (chunk === 'end') this.to.end();
    else if (!this.to.write(chunk)) this.from.pause();
  }
}
