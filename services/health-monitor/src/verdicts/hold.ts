/**
 * Keeps news back for a moment, counted from when it was first wanted: the parts of a site fail one after the other, and
 * what ends as one loss is not to be told as four troubles. It is never kept longer, whatever it changes into.
 */
export class Hold {
  private sinceMs: number | undefined;

  constructor(
    private readonly lengthMs: number,
    /** Monotonic milliseconds. */
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Whether what is wanted now has been wanted long enough; not wanting it begins anew. */
  isOver(wanted: boolean): boolean {
    if (!wanted) {
      this.sinceMs = undefined;
      return false;
    }
    this.sinceMs ??= this.nowMs();
    if (this.nowMs() - this.sinceMs < this.lengthMs) return false;
    this.sinceMs = undefined;
    return true;
  }
}
