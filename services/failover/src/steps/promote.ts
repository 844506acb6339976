import type { Step } from '@novacron/operations';
import { closePromoted } from '../adapters/close-promoted.js';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { lookNow } from '../adapters/plan-looks.js';
import { resultOf, type StepResults } from './results.js';
import { targetMembers } from './target-members.js';

/** For a look that only a plan takes. */
const lookTimeoutMs = 1_500;

/**
 * Every database's standby on the target ends recovery on a new timeline and accepts the new epoch, which it refuses to a holder
 * with an older one. It stays closed to writes until `open-writes`, and so long can be undone: then it is stopped before anybody
 * else may be a primary. It waits for no standby of its own until one has joined.
 */
export function promote(
  targets: FailoverTargets,
  timeoutMs: number,
): Step<FailoverParams, undefined, StepResults['promote']> {
  return {
    name: 'promote',
    title: 'promote the standby, and give it the new epoch',
    timeoutMs,
    attempts: 3,
    describe: async ({ to, epoch }, signal) => {
      const found = targets.databases.map(async ({ settings, members: all }) => {
        const member = to === undefined ? undefined : all.get(to);
        const [status, held] = await Promise.all([
          lookNow(member, signal),
          member?.readEpoch({ signal, timeoutMs: lookTimeoutMs }).catch(() => undefined),
        ]);
        const where = `${settings.name} ${to ?? 'on the chosen site'}`;
        const old = status === undefined ? 'standby' : `standby on timeline ${status.timeline}`;
        const timeline = status === undefined ? 'a new timeline' : `timeline ${status.timeline + 1}`;
        return [
          `${where}: ${old} → primary on ${timeline}, closed to writes`,
          `${where}: dr.epoch ${held?.epoch ?? 'unknown'} → ${epoch + 1}`,
        ];
      });
      return (await Promise.all(found)).flat();
    },
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { epoch } = resultOf(context, 'advance-epoch');
      const { operationId, signal } = context;
      const promoted = await Promise.all(
        targetMembers(targets, context).map((member) =>
          member.promoteClosed({ epoch, operationId }, { signal, timeoutMs }),
        ),
      );
      const [first] = promoted;
      const databases = targets.databases.map(({ settings }, index) => {
        const { timeline = 0, switchLsn = '', previousTimeline } = promoted[index] ?? {};
        const previous = previousTimeline === undefined ? {} : { previousTimeline };
        return [settings.name, { timeline, switchLsn, ...previous }] as const;
      });
      return {
        ...{ timeline: first?.timeline ?? 0, switchLsn: first?.switchLsn ?? '' },
        databases: Object.fromEntries(databases),
      };
    },
    // The end of recovery and the stored epoch were read back in `run`, and customers wait for each look.
    verify: () => Promise.resolve(),
    undo: async (context) => {
      const { epoch } = resultOf(context, 'advance-epoch');
      const { operationId, signal } = context;
      // One that cannot be closed must not keep the others from it.
      const closing = await Promise.allSettled(
        targetMembers(targets, context).map((member) => closePromoted(member, { epoch, operationId }, signal)),
      );
      const failed = closing.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };
}
