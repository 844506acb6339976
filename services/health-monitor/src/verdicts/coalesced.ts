import { setTimeout as sleep } from 'node:timers/promises';

/** No asking waits longer than this for a run to begin. */
const longestPauseMs = 100;

/**
 * Runs a task whenever asked, never twice at once; askings while it runs become one more run, and that begins after a pause of
 * three times what the last took: however often it is asked, it takes a quarter of the processor at most. The task must not
 * throw.
 */
export class Coalesced {
  private running: Promise<void> | undefined;
  private again = false;

  constructor(private readonly task: () => Promise<void>) {}

  request(): void {
    this.again = true;
    this.running ??= this.run();
  }

  /** Resolved once it rests. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.again) {
      this.again = false;
      const begunMs = performance.now();
      await this.task();
      const pauseMs = Math.min(longestPauseMs, 3 * (performance.now() - begunMs));
      // One that takes no time needs no pause.
      if (pauseMs >= 1) await sleep(pauseMs);
    }
    this.running = undefined;
  }
}
