import type { PostgresMember } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import { type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, type StepResults, targetOf } from './results.js';

/**
 * The point of no return: every database's standby on the target ends recovery on a new timeline and accepts the new
 * epoch, which it refuses to a holder with an older one. It waits for no standby of its own until one has joined.
 */
export function promote(
  targets: FailoverTargets,
  timeoutMs: number,
): Step<FailoverParams, undefined, StepResults['promote']> {
  const members = (context: StepContext<FailoverParams>): PostgresMember[] =>
    targets.databases.map((database) => memberOn(database, targetOf(context)));
  return {
    name: 'promote',
    title: 'promote the standby, and give it the new epoch',
    timeoutMs,
    attempts: 3,
    pointOfNoReturn: true,
    describe: ({ to }) =>
      targets.databases.map(
        ({ settings }) => `${settings.name}: promote ${to ?? 'the chosen standby'}, on a new timeline`,
      ),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { epoch } = resultOf(context, 'advance-epoch');
      const promoted = await Promise.all(
        members(context).map(async (member) => {
          if ((await member.status({ signal: context.signal })).synchronousStandbyNames !== '')
            await member.setSynchronousStandbys([], {}, { signal: context.signal });
          const promotion = await member.promote({ signal: context.signal, timeoutMs });
          await member.writeEpoch(epoch, context.operationId, { signal: context.signal });
          return promotion;
        }),
      );
      const [first] = promoted;
      return { timeline: first?.timeline ?? 0, switchLsn: first?.switchLsn ?? '' };
    },
    // The end of recovery and the stored epoch were read back in `run`, and customers wait for each look.
    verify: () => Promise.resolve(),
  };
}
