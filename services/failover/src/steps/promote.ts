import { DrError } from '@novacron/contracts';
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
        members(context).map((member) =>
          member.promoteInto(epoch, context.operationId, { signal: context.signal, timeoutMs }),
        ),
      );
      const [first] = promoted;
      return { timeline: first?.timeline ?? 0, switchLsn: first?.switchLsn ?? '' };
    },
    // The end of recovery and the stored epoch were read back in `run`, and customers wait for each look.
    verify: () => Promise.resolve(),
    mayHaveBegun: async ({ signal, ...context }) => {
      const asked = members({ signal, ...context }).map(async (member) => (await member.status({ signal })).inRecovery);
      return !(await Promise.all(asked)).every(Boolean);
    },
    undo: async (context) => {
      const { signal, logger } = context;
      const reopened = members(context).map((member) =>
        member.stayStandby({ signal }).catch((error: unknown) => {
          // A standby that is gone must not keep the rest from being put back.
          logger.warn('a standby was left closed to writes by default', {
            site: member.name,
            code: DrError.from(error).code,
          });
        }),
      );
      await Promise.all(reopened);
    },
  };
}
