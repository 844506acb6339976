/** Tasks of one key one after the other, in the order they came; tasks of different keys side by side. */
export class KeyQueues {
  private readonly tails = new Map<string, Promise<void>>();

  /** Never rejects: a task deals with its own errors. */
  run(key: string, task: () => Promise<void>): Promise<void> {
    const before = this.tails.get(key);
    const mine = (before === undefined ? task() : before.then(task)).finally(() => {
      if (this.tails.get(key) === mine) this.tails.delete(key);
    });
    this.tails.set(key, mine);
    return mine;
  }

  /** Keys with work. */
  get size(): number {
    return this.tails.size;
  }

  /** Resolved once nothing is left. */
  async idle(): Promise<void> {
    while (this.tails.size > 0) await Promise.allSettled(this.tails.values());
  }
}
