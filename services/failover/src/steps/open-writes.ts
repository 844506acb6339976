import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { databasesByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, targetOf } from './results.js';
import { targetMembers } from './target-members.js';

const timeoutMs = 30_000;

/**
 * The point of no return: from here on a customer's write may stand on the new primary and nowhere else, so nothing is undone
 * by itself any more. Each database lets nobody open it but the operation whose epoch it holds.
 */
export function openWrites(targets: FailoverTargets): Step<FailoverParams, undefined, { readonly databases: number }> {
  return {
    name: 'open-writes',
    title: 'let customers write to the new primary',
    timeoutMs,
    attempts: 3,
    pointOfNoReturn: true,
    describe: ({ to }) =>
      targets.databases.flatMap(({ settings }) => {
        const where = `${settings.name} ${to ?? 'on the chosen site'}`;
        return [
          `${where}: default_transaction_read_only on → off`,
          `${where}: autovacuum off → on, synchronous_standby_names → empty`,
        ];
      }),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { epoch } = resultOf(context, 'advance-epoch');
      const { operationId, signal } = context;
      await Promise.all(
        targetMembers(targets, context).map((member) => member.openForWrites({ epoch, operationId }, { signal })),
      );
      return { databases: targets.databases.length };
    },
    byHand: (context) => databasesByHand(targets, 'show default_transaction_read_only', targetOf(context)),
    // Each setting was read back in `run`, and customers wait for each look.
    verify: () => Promise.resolve(),
    mayHaveBegun: async (context) => {
      const { signal } = context;
      const asked = targetMembers(targets, context).map(
        async (member) => (await member.closedState({ signal })).closed,
      );
      return !(await Promise.all(asked)).every(Boolean);
    },
  };
}
