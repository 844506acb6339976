import { ChaosEstate, type Replication } from './chaos-estate.js';

/** Of a case and of building an estate, which takes a quarter of a minute on two quiet cores. */
export const caseTimeoutMs = 420_000;
/** What is left is for ending the estate of a case that takes longer. */
const workTimeoutMs = 330_000;

/** Then rows, WAL and timelines have made a case take half as long again, and another estate is cheaper. */
const casesOfOne = 25;

/** One estate for the cases of a suite. A case that failed leaves one that proves nothing about the next: that one gets its own. */
export class EstateForCases {
  private estate: ChaosEstate | undefined;
  private cases = 0;

  constructor(private readonly replication: Replication) {}

  /** Before each case. */
  async open(): Promise<void> {
    if (this.cases >= casesOfOne) await this.close();
    this.estate ??= await ChaosEstate.start(this.replication);
    this.cases += 1;
  }

  async run(work: (estate: ChaosEstate) => Promise<void>): Promise<void> {
    if (this.estate === undefined) throw new Error('there is no estate');
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${workTimeoutMs / 1_000} s`)), workTimeoutMs);
    });
    try {
      await Promise.race([work(this.estate), overdue]);
    } catch (error) {
      await this.estate?.keep();
      await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    const { estate } = this;
    this.estate = undefined;
    this.cases = 0;
    await estate?.stop();
  }
}
