import { setTimeout as sleep } from 'node:timers/promises';
import type { TestPostgres } from '@novacron/drivers/testing';
import { pgbench } from './bench-cluster.js';
import type { OurSide } from './our-side.js';

const sampleEveryMs = 100;

/** While pgbench writes: at each look, how old the newest moment is that the store alone can restore. */
export async function recoveryLagsMs(ours: OurSide, postgres: TestPostgres, seconds: number): Promise<number[]> {
  const over = new AbortController();
  const load = pgbench(postgres, ['--client=4', `--time=${seconds}`]).finally(() => over.abort());
  const lags: number[] = [];
  const sampling = (async () => {
    while (!over.signal.aborted) {
      const point = await ours.recoveryPointMs();
      lags.push(Date.now() - point);
      await sleep(sampleEveryMs);
    }
  })();
  await Promise.all([load, sampling]);
  return lags;
}
