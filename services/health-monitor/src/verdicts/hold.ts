/**
 * Keeps news back for a moment, counted from when it was first wanted: the parts of a site fail one after the other, and
 * what ends as one loss is not to be told as four troubles. It is never kept longer, whatever it changes into, and no longer than
 * it can become more.
 */
export class Hold {
  private sinceMs: number | undefined;

  constructor(
    private readonly lengthMs: number,
    /** Monotonic milliseconds. */
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /**
   * Whether what is wanted now has been wanted long enough, or is all there is: then nothing is gained by waiting. Not wanting it
   * begins anew.
   */
  isOver(wanted: boolean, isAll: (heldMs: number) => boolean = () => false): boolean {
    if (!wanted) {
      this.sinceMs = undefined;
      return false;
    }
    this.sinceMs ??= this.nowMs();
    const heldMs = this.nowMs() - this.sinceMs;
    if (heldMs < this.lengthMs && !isAll(heldMs)) return false;
    this.sinceMs = undefined;
    return true;
  }

  /** Until what is kept back now is told at the latest; undefined where nothing is. */
  get leftMs(): number | undefined {
    return this.sinceMs === undefined ? undefined : Math.max(0, this.sinceMs + this.lengthMs - this.nowMs());
  }
}
