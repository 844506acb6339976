import { setTimeout as sleep } from 'node:timers/promises';

/** No asking waits longer than this for a run to begin. */
const longestPauseMs = 100;
/** Pauses are so many times as long as what came before them: a tenth of the processor at most. */
const pauseFactor = 9;

/** The clock that the work is measured by, and the rest after it. */
export interface Pace {
  nowMs(): number;
  rest(ms: number): Promise<unknown>;
}

const realPace: Pace = { nowMs: () => performance.now(), rest: (ms) => sleep(ms) };

/** Does work that takes the processor, and remembers how long. */
export type Busy = <T>(work: () => T) => T;

/**
 * Runs a task whenever asked, never twice at once; askings while it runs become one more run. That begins after a pause which
 * follows from the work that the task did under `busy`, and not from what it waited for: however often it is asked, it leaves
 * the processor to others, and where the work is little it runs at once. The task must not throw.
 */
export class Coalesced {
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly task: (busy: Busy) => Promise<void>,
    private readonly pace: Pace = realPace,
  ) {}

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
      let busyMs = 0;
      await this.task((work) => {
        const begunMs = this.pace.nowMs();
        try {
          return work();
        } finally {
          busyMs += this.pace.nowMs() - begunMs;
        }
      });
      const pauseMs = Math.min(longestPauseMs, pauseFactor * busyMs);
      // What takes no time needs no pause.
      if (pauseMs >= 1) await this.pace.rest(pauseMs);
    }
    this.running = undefined;
  }
}
