/** A bucket of tokens: as many messages a second as the provider takes, and a few at once. Time is passed in. */
export class RateLimit {
  private tokens: number;
  private filledAtMs: number;
  private pausedUntilMs = 0;

  constructor(
    private readonly perSecond: number,
    nowMs: number,
  ) {
    this.tokens = this.burst;
    this.filledAtMs = nowMs;
  }

  /** Takes one: 0, or how long to wait before asking again. */
  take(nowMs: number): number {
    if (nowMs < this.pausedUntilMs) return this.pausedUntilMs - nowMs;
    const elapsedMs = Math.max(0, nowMs - this.filledAtMs);
    this.tokens = Math.min(this.burst, this.tokens + (elapsedMs / 1000) * this.perSecond);
    this.filledAtMs = nowMs;
    if (this.tokens < 1) return Math.max(1, Math.ceil(((1 - this.tokens) / this.perSecond) * 1000));
    this.tokens -= 1;
    return 0;
  }

  /** The provider asked for a pause: for everyone, not only for the message that it was asked for. */
  pause(untilMs: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs);
  }

  private get burst(): number {
    return Math.max(1, this.perSecond);
  }
}
