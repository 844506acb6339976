const windowMs = 30_000;

/** How well this process keeps its pace: what an operator looks at before believing that it has too many checks. */
export class PaceRecord {
  private looks = 0;
  private latest = 0;
  private latestBefore = 0;
  private windowStartedMs: number;

  constructor(private readonly nowMs: () => number = () => performance.now()) {
    this.windowStartedMs = nowMs();
  }

  add(lateMs: number): void {
    this.roll();
    this.looks += 1;
    this.latest = Math.max(this.latest, lateMs);
  }

  /** Looks since the start, and the latest of the last half minute to minute. */
  summary(): { readonly looks: number; readonly latestMs: number } {
    this.roll();
    return { looks: this.looks, latestMs: Math.round(Math.max(this.latest, this.latestBefore)) };
  }

  private roll(): void {
    const passedMs = this.nowMs() - this.windowStartedMs;
    if (passedMs < windowMs) return;
    this.latestBefore = passedMs < 2 * windowMs ? this.latest : 0;
    this.latest = 0;
    this.windowStartedMs = this.nowMs();
  }
}
