import { DrError } from '@novacron/contracts';
import type { PostgresMember, ReceiverSettings } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { DatabaseTarget, FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

/** Receiver settings by database and site, for the undo. */
type Captured = Record<string, Record<string, ReceiverSettings>>;

/**
 * L1: the standbys stop listening. A primary that waits for one of them can then acknowledge no commit, wherever it may
 * still run; and positions stand still, so that the choice which follows is made on what will be promoted.
 */
export function fenceCommits(targets: FailoverTargets): Step<FailoverParams, Captured, StepResults['fence-commits']> {
  const standbys = async (database: DatabaseTarget, from: string): Promise<PostgresMember[]> => {
    const others = [...database.members.values()].filter((member) => member.name !== from);
    const asked = await Promise.all(others.map(async (member) => ((await recovers(member)) ? [member] : [])));
    return asked.flat();
  };
  const every = async (from: string) =>
    Promise.all(targets.databases.map(async (database) => ({ database, members: await standbys(database, from) })));

  const look = async (from: string): Promise<StepResults['fence-commits'] | undefined> => {
    const found = await every(from);
    const open = await Promise.all(
      found.flatMap(({ members }) => members).map(async (member) => (await member.status()).walReceiverStatus !== null),
    );
    if (open.some(Boolean)) return undefined;
    const cut = found.flatMap(({ database, members }) =>
      members.map((member) => `${database.settings.name} ${member.name}`),
    );
    const blocked = found.every(({ database, members }) => {
      const needed = database.settings.links
        .filter((link) => link.from === from && link.mode === 'synchronous')
        .map((link) => link.to);
      return needed.length > 0 && needed.every((site) => members.some((member) => member.name === site));
    });
    return { cut, commitsBlocked: blocked };
  };

  return {
    name: 'fence-commits',
    title: 'stop the standbys from receiving, so that the old primary can confirm no commit',
    timeoutMs: 15_000,
    attempts: 2,
    describe: ({ from }) =>
      targets.databases.flatMap(({ settings, members }) =>
        [...members.keys()]
          .filter((site) => site !== from)
          .map((site) => `${settings.name} ${site}: primary_conninfo → empty`),
      ),
    capture: async ({ params }) => {
      const found = await every(params.from);
      const entries = found.map(async ({ database, members }) => {
        const settings = await Promise.all(
          members.map(async (member) => [member.name, await member.receiverSettings()] as const),
        );
        return [database.settings.name, Object.fromEntries(settings)] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    },
    probe: ({ params }) => look(params.from),
    run: async ({ params, signal }) => {
      const found = await every(params.from);
      await Promise.all(found.flatMap(({ members }) => members).map((member) => member.cutWalReceiver({ signal })));
      const result = await look(params.from);
      if (result === undefined) throw new DrError('VERIFY_FAILED', 'a standby still receives');
      return result;
    },
    // Every cut was read back in `run`, and customers wait for each look.
    verify: () => Promise.resolve(),
    undo: async (_context, captured) => {
      await Promise.all(
        targets.databases.flatMap(({ settings, members }) =>
          Object.entries(captured[settings.name] ?? {}).map(async ([site, receiver]) => {
            const member = members.get(site);
            if (member !== undefined && (await recovers(member))) await member.restoreWalReceiver(receiver);
          }),
        ),
      );
    },
  };
}

/** True for a standby that answers; one that does not is neither cut nor promoted. */
async function recovers(member: PostgresMember): Promise<boolean> {
  try {
    return (await member.status({ timeoutMs: 1_500 })).inRecovery;
  } catch {
    return false;
  }
}
