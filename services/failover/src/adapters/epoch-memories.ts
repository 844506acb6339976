import type { PostgresMember } from '@novacron/drivers';
import type { EpochMemory } from '../domain/first-epoch.js';
import type { FailoverTargets } from './failover-targets.js';

const lookTimeoutMs = 2_000;

/** What every database server remembers of the estate's epochs, whether it takes writes or not. */
export async function epochMemories({ databases }: FailoverTargets): Promise<EpochMemory[]> {
  const asked = databases.flatMap(({ settings, members }) =>
    [...members.values()].map(async (member): Promise<EpochMemory> => {
      const about = { database: settings.name, site: member.name };
      return memoryOf(member).then(
        (memory) => ({ ...about, ...memory }),
        () => ({ ...about, answers: false }),
      );
    }),
  );
  return Promise.all(asked);
}

async function memoryOf(member: PostgresMember) {
  const call = { timeoutMs: lookTimeoutMs };
  const [{ inRecovery }, stored, marks] = await Promise.all([
    member.status(call),
    member.readEpoch(call),
    member.query<{ epoch: string | null }>("select current_setting('dr.epoch', true) as epoch", [], call),
  ]);
  return {
    answers: true,
    takesWrites: !inRecovery,
    epoch: Math.max(stored?.epoch ?? 0, Number(marks[0]?.epoch ?? '')),
  };
}
