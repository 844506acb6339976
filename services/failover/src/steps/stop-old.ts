import { DrError } from '@novacron/contracts';
import type { PostgresMember } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import { handoverKey } from '../adapters/handover-key.js';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { sealed } from '../domain/handover-token.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

const stopBudgetMs = 20_000;

/**
 * The old primary is stopped, and its shutdown checkpoint read from its own control file: the token that binds the target's
 * promotion to this stop. Undone, it starts again as the primary it was, after whatever was promoted has been stopped.
 */
export function stopOld(targets: FailoverTargets): Step<FailoverParams, undefined, StepResults['stop-old']> {
  const found = (from: string) =>
    targets.databases.flatMap(({ settings, members: all }) => {
      const member = all.get(from);
      return member === undefined ? [] : [{ database: settings.name, member }];
    });
  const members = (from: string): PostgresMember[] => found(from).map(({ member }) => member);
  return {
    name: 'stop-old',
    title: 'stop the old primary and read its last position',
    timeoutMs: 60_000,
    attempts: 2,
    describe: ({ from }) =>
      targets.databases.map(
        ({ settings }) =>
          `${settings.name} ${from}: running → stopped (fast, immediate after ${stopBudgetMs / 1000} s)`,
      ),
    probe: () => Promise.resolve(undefined),
    run: async ({ operationId, params, signal }) => {
      // Before anything is stopped: without a key nothing could be handed over.
      const key = await handoverKey(targets);
      const stopped = await Promise.all(
        found(params.from).map(async ({ database, member }) => {
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
          const { systemIdentifier, timeline, checkpointLsn } = control;
          const token = sealed(
            {
              ...{ estate: targets.estate.estate, operationId, database, from: params.from, to: params.to ?? '' },
              ...{ epoch: params.epoch, systemIdentifier, timeline, checkpointLsn },
            },
            { key, nowMs: Date.now() },
          );
          return { how, token };
        }),
      );
      return { how: stopped[0]?.how ?? 'was-stopped', tokens: stopped.map(({ token }) => token) };
    },
    // That it does not run, and how it ended, was read in `run`, and customers wait for each look.
    verify: () => Promise.resolve(),
    undo: async ({ params, signal }) => {
      await Promise.all(members(params.from).map((member) => member.start({ signal })));
    },
  };
}
