import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { ReplicationMemory } from '../adapters/replication-memory.js';
import { type Loss, lossAt, worstOf } from '../domain/replication/wal-samples.js';
import { lookEveryMs } from '../replication/look-every.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf } from './results.js';

/** Lost is what nobody knows: without a remembered position there is no figure. */
type Measured = Loss | { readonly unknown: true };

/**
 * What the standby lacked when it was promoted, held against where the old primary was last seen. With commits that waited for
 * it nothing acknowledged is lost, wherever the old primary stood. The old disk may tell more when it is back.
 */
export function measureLoss(
  targets: FailoverTargets,
  memory: ReplicationMemory,
): Step<FailoverParams, undefined, Measured> {
  return {
    name: 'measure-loss',
    title: 'measure what was lost',
    timeoutMs: 10_000,
    attempts: 5,
    describe: () => ['nothing; compares positions'],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { keepsAcknowledgedCommits, position, positions = {} } = resultOf(context, 'choose-standby');
      if (keepsAcknowledgedCommits) return { ms: 0, bytes: 0, rows: 0 };
      const { epoch, from, failingSince, decidedAt } = context.params;
      // A figure is worth no failure: without the bus it is unknown.
      const losses = await Promise.all(
        targets.databases.map(async ({ settings: { name } }) => {
          const { value } = await memory.read(name).catch(() => ({ value: undefined }));
          const isOurs = value?.epoch === epoch && value.site === from;
          const aliveUntilMs =
            failingSince === undefined ? (value?.unansweredSinceMs ?? Date.parse(decidedAt)) : Date.parse(failingSince);
          return isOurs
            ? lossAt(value.samples, positions[name] ?? position, { intervalMs: lookEveryMs, aliveUntilMs })
            : undefined;
        }),
      );
      const known = losses.filter((loss) => loss !== undefined);
      return known.length < losses.length ? { unknown: true } : worstOf(known);
    },
    verify: () => Promise.resolve(),
  };
}
