import type { Probe } from '../checks/probe.js';

/**
 * Whether this vantage can see at all: something that is always there, asked by a path of the vantage's own. When it cannot
 * be reached, it is we who are cut off, and nothing that fails here may be told of anybody else (DESIGN §7).
 */
export class Witness {
  private reached = true;
  private asking: Promise<boolean> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** Without a probe the vantage has no witness, and is always believed to see. */
  constructor(
    private readonly probe: Probe | undefined,
    private readonly timing: {
      readonly intervalMs: number;
      readonly fastIntervalMs: number;
      readonly timeoutMs: number;
    },
  ) {}

  /** What the last look said. */
  get reachable(): boolean {
    return this.reached;
  }

  /** Looks now and goes on looking, sooner while it cannot be reached. */
  start(): void {
    const again = (): void => {
      if (this.stopped) return;
      const pauseMs = this.reached ? this.timing.intervalMs : this.timing.fastIntervalMs;
      this.timer = setTimeout(() => void this.look().then(again), pauseMs);
    };
    void this.look().then(again);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /**
   * Whether the witness is reached by a look that begins now: what a failure is held against. A look that is under way
   * began earlier and is waited for first; those who ask meanwhile share the next one.
   */
  async confirm(): Promise<boolean> {
    if (this.asking !== undefined) await this.asking;
    return this.look();
  }

  private look(): Promise<boolean> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(): Promise<boolean> {
    if (this.probe === undefined) return true;
    try {
      await this.probe.probe(AbortSignal.timeout(this.timing.timeoutMs));
      this.reached = true;
    } catch {
      this.reached = false;
    }
    return this.reached;
  }
}
