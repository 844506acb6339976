import type { Step } from '@novacron/operations';
import { type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, targetOf } from './results.js';

/** The target has replayed the old primary's shutdown checkpoint: nothing that was ever written is missing on it. */
export function awaitHandover(targets: FailoverTargets): Step<FailoverParams, undefined, { readonly lsn: string }> {
  return {
    name: 'await-handover',
    title: 'wait until the target has replayed the last position',
    timeoutMs: 60_000,
    attempts: 1,
    describe: ({ to }) => [`nothing; waits for ${to ?? 'the target'}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const lsn = resultOf(context, 'stop-old').checkpointLsn;
      await Promise.all(
        targets.databases.map((database) =>
          memberOn(database, targetOf(context)).waitForReplay(lsn, { signal: context.signal, timeoutMs: 55_000 }),
        ),
      );
      return { lsn };
    },
    verify: () => Promise.resolve(),
  };
}
