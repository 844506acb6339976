interface Waiting<T, R> {
  readonly item: T;
  readonly sizeBytes: number;
  readonly done: (result: R) => void;
  readonly failed: (error: unknown) => void;
}

export interface GroupCommitBounds {
  readonly items: number;
  /** Of a group; an item that is larger goes alone. */
  readonly sizeBytes: number;
}

/**
 * Writes what comes while a write is under way as one write: an item alone waits for nothing, a thousand at once cost a handful of
 * flushes. One write at a time, in the order of asking.
 */
export class GroupCommit<T, R> {
  private readonly waiting: Waiting<T, R>[] = [];
  private writing = false;

  constructor(
    private readonly bounds: GroupCommitBounds,
    /** Answers each item, in their order; what it throws, each is told. */
    private readonly write: (items: readonly T[]) => Promise<readonly R[]>,
  ) {}

  add(item: T, sizeBytes: number): Promise<R> {
    return new Promise((done, failed) => {
      this.waiting.push({ item, sizeBytes, done, failed });
      if (this.writing) return;
      this.writing = true;
      // What is asked for in the same breath goes together.
      queueMicrotask(() => void this.run());
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.next();
      try {
        const results = await this.write(group.map(({ item }) => item));
        group.forEach(({ done }, index) => done(results[index] as R));
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    this.writing = false;
  }

  private next(): Waiting<T, R>[] {
    let sizeBytes = 0;
    let count = 0;
    for (const one of this.waiting) {
      sizeBytes += one.sizeBytes;
      if (count === this.bounds.items || (count > 0 && sizeBytes > this.bounds.sizeBytes)) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }
}
