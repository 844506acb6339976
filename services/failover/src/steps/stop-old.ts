import { compareLsn, type Lsn, type PostgresMember } from '@novacron/drivers';
import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

const stopBudgetMs = 20_000;

/**
 * The old primary is stopped, and its shutdown checkpoint read from its own control file: the token that binds the target's
 * promotion to this stop. Undone, it starts again as the primary it was.
 */
export function stopOld(targets: FailoverTargets): Step<FailoverParams, undefined, StepResults['stop-old']> {
  const members = (from: string): PostgresMember[] =>
    targets.databases.flatMap(({ members: all }) => {
      const member = all.get(from);
      return member === undefined ? [] : [member];
    });
  return {
    name: 'stop-old',
    title: 'stop the old primary and read its last position',
    timeoutMs: 60_000,
    attempts: 2,
    describe: ({ from }) =>
      targets.databases.map(
        ({ settings }) => `${settings.name}: stop ${from} (fast, immediate after ${stopBudgetMs / 1000} s)`,
      ),
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const stopped = await Promise.all(
        members(params.from).map(async (member) => {
          const how = await member.stopFast(stopBudgetMs, signal);
          const control = await member.controlData(signal);
          if (control.state !== 'shut down') {
            throw new DrError(
              'PRECONDITION_FAILED',
              `${member.name} did not shut down cleanly: it is ${control.state}`,
              {
                hint: 'it is started again; find out what held it, then try once more',
              },
            );
          }
          return { how, lsn: control.checkpointLsn };
        }),
      );
      const furthest = stopped.map(({ lsn }) => lsn).reduce<Lsn>((a, b) => (compareLsn(a, b) >= 0 ? a : b), '0/0');
      return { how: stopped[0]?.how ?? 'was-stopped', checkpointLsn: furthest };
    },
    verify: async ({ params, signal }) => {
      for (const member of members(params.from)) {
        if (await member.options.control?.isRunning(signal))
          throw new DrError('VERIFY_FAILED', `${member.name} still runs`);
      }
    },
    undo: async ({ params, signal }) => {
      await Promise.all(members(params.from).map((member) => member.start({ signal })));
    },
  };
}
