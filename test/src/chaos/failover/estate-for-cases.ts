import { ChaosEstate, type Replication } from './chaos-estate.js';

/** Building an estate takes a quarter of a minute on two quiet cores. */
export const caseTimeoutMs = 300_000;

/** One estate for all cases of a suite. A case that failed leaves one that proves nothing about the next: that one gets its own. */
export class EstateForCases {
  private estate: ChaosEstate | undefined;

  constructor(private readonly replication: Replication) {}

  /** Before each case. */
  async open(): Promise<void> {
    this.estate ??= await ChaosEstate.start(this.replication);
  }

  async run(work: (estate: ChaosEstate) => Promise<void>): Promise<void> {
    if (this.estate === undefined) throw new Error('there is no estate');
    try {
      await work(this.estate);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.estate?.stop();
    this.estate = undefined;
  }
}
