import type { Step } from '@novacron/operations';
import { type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';

/** A checkpoint while customers still write, so that the one at shutdown, which they wait for, is short. */
export function checkpointOld(
  targets: FailoverTargets,
): Step<FailoverParams, undefined, { readonly databases: number }> {
  return {
    name: 'checkpoint-old',
    title: 'write a checkpoint before the stop',
    timeoutMs: 600_000,
    attempts: 2,
    describe: ({ from }) => targets.databases.map(({ settings }) => `${settings.name} ${from}: checkpoint`),
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      await Promise.all(targets.databases.map((database) => memberOn(database, params.from).checkpoint({ signal })));
      return { databases: targets.databases.length };
    },
    verify: () => Promise.resolve(),
  };
}
