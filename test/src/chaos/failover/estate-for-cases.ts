import { ChaosEstate, type Replication } from './chaos-estate.js';

/** Of a case and of building an estate, which takes a quarter of a minute on two quiet cores. */
export const caseTimeoutMs = 420_000;
/** What is left is for ending the estate of a case that takes longer. */
const workTimeoutMs = 330_000;

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
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${workTimeoutMs / 1_000} s`)), workTimeoutMs);
    });
    try {
      await Promise.race([work(this.estate), overdue]);
    } catch (error) {
      await this.keep(this.estate);
      await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Where `DR_CHAOS_KEEP` names a folder, what the case that failed has left. */
  private async keep(estate: ChaosEstate): Promise<void> {
    const folder = process.env['DR_CHAOS_KEEP'];
    if (folder === undefined || folder === '') return;
    const said = await estate.keep(folder).catch((error: unknown) => `not kept: ${String(error)}`);
    process.stderr.write(`logs of the case that failed: ${said}\n`);
  }

  async close(): Promise<void> {
    const { estate } = this;
    this.estate = undefined;
    await estate?.stop();
  }
}
