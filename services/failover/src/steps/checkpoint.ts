import type { Step } from '@novacron/operations';
import { type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import { databasesByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

/** A checkpoint on the new timeline, which a rewind of the old primary will ask for; after the switch, so that nobody waits. */
export function checkpointTarget(
  targets: FailoverTargets,
): Step<FailoverParams, undefined, { readonly databases: number }> {
  return {
    name: 'checkpoint',
    title: 'write a checkpoint on the new timeline',
    timeoutMs: 600_000,
    attempts: 3,
    skippable: true,
    describe: () => targets.databases.map(({ settings }) => `${settings.name}: checkpoint`),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      await Promise.all(
        targets.databases.map((database) =>
          memberOn(database, targetOf(context)).checkpoint({ signal: context.signal }),
        ),
      );
      return { databases: targets.databases.length };
    },
    byHand: (context) => databasesByHand(targets, 'checkpoint', targetOf(context)),
    verify: () => Promise.resolve(),
  };
}
