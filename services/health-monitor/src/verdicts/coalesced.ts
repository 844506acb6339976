/** Runs a task whenever asked, never twice at once; askings while it runs become one more run. The task must not throw. */
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
      await this.task();
    }
    this.running = undefined;
  }
}
