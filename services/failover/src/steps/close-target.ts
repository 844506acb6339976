import type { Epochs } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { lookNow } from '../adapters/plan-looks.js';
import { isOvertaken } from './advance-epoch.js';
import type { FailoverParams } from './failover-params.js';
import { type Changed, targetOf } from './results.js';
import { targetMembers } from './target-members.js';

const timeoutMs = 15_000;
const lookTimeoutMs = 2_000;

/**
 * The chosen standby is closed to writes before it is promoted, beside work that has to be waited for anyway: a standby takes none,
 * so this changes nothing for anybody yet. `promote` sees to it once more. Undone, it is an open standby again; one that was
 * stopped on the way back, or does not answer, keeps the setting, with which the next promotion deals. One that somebody else
 * promotes by now must stay closed for them.
 */
export function closeTarget(targets: FailoverTargets, epochs: Epochs): Step<FailoverParams, undefined, Changed> {
  return {
    name: 'close-target',
    title: 'close the standby to writes, until it has been proven',
    timeoutMs,
    attempts: 3,
    describe: async ({ to }, signal) => {
      const found = targets.databases.map(async ({ settings, members: all }) => {
        const member = to === undefined ? undefined : all.get(to);
        const where = `${settings.name} ${to ?? 'on the chosen site'}`;
        if ((await lookNow(member, signal))?.inRecovery === false) return `nothing; ${where} is no standby`;
        return `${where}: default_transaction_read_only → on, autovacuum → off, synchronous_standby_names → nobody there is`;
      });
      return Promise.all(found);
    },
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { signal } = context;
      await Promise.all(targetMembers(targets, context).map((member) => member.closeStandby({ signal, timeoutMs })));
      const site = targetOf(context);
      return {
        changes: targets.databases.map(({ settings }) => `${settings.name} ${site}: standby → closed to writes`),
      };
    },
    // Each setting was read back in `run`, and customers wait for each look.
    verify: () => Promise.resolve(),
    undo: async (context) => {
      const { operationId, params, signal, logger } = context;
      if (isOvertaken(await epochs.current(), operationId, params)) return;
      const opened = targetMembers(targets, context).map(async (member) => {
        try {
          const { inRecovery } = await member.status({ signal, timeoutMs: lookTimeoutMs });
          if (inRecovery) await member.stayStandby({ signal, timeoutMs });
        } catch (error) {
          signal.throwIfAborted();
          logger.warn('a standby was not opened again', { site: member.name, code: DrError.from(error).code });
        }
      });
      await Promise.all(opened);
    },
  };
}
