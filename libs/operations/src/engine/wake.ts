/** Waits for a moment or for a call, whichever is first. A call made while nobody waits ends the next wait at once. */
export class Wake {
  private called = false;
  private waiter: (() => void) | undefined;

  wake(): void {
    this.called = true;
    this.waiter?.();
  }

  /** `untilMs`: milliseconds of the epoch, or Infinity. May return early; the caller looks again. */
  async wait(untilMs: number): Promise<void> {
    if (!this.called) {
      // A timer holds at most 2^31 - 1 ms, and a clock may be set: look again each minute.
      const pauseMs = Math.min(60_000, Math.max(1, untilMs - Date.now()));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        this.waiter = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.waiter = undefined;
    }
    this.called = false;
  }
}
