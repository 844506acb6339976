import type { StandbyFitness } from '../domain/replication/redundancy.js';
import type { DatabaseTarget } from './failover-targets.js';

const callTimeoutMs = 1_500;

/** What each standby site lacks to take over, while the primary works: it must answer, receive and replay in every database. */
export async function lookAtFitness(databases: readonly DatabaseTarget[], primary: string): Promise<StandbyFitness[]> {
  const sites = [...new Set(databases.flatMap(({ members }) => [...members.keys()]))].filter(
    (site) => site !== primary,
  );
  return Promise.all(
    sites.map(async (site) => {
      const problems = await Promise.all(databases.map((database) => problemOf(database, site)));
      const problem = problems.find((each) => each !== undefined);
      return problem === undefined ? { site } : { site, problem };
    }),
  );
}

async function problemOf({ settings, members }: DatabaseTarget, site: string): Promise<string | undefined> {
  const member = members.get(site);
  const policy = settings.members.find((item) => item.site === site);
  if (member === undefined) return `has no member of ${settings.name}`;
  if (policy?.promotable === false) return 'is not to be promoted';
  try {
    const status = await member.status({ timeoutMs: callTimeoutMs });
    if (!status.inRecovery) return 'is not a standby';
    if (status.walReceiverStatus !== 'streaming') return 'receives nothing';
    return status.replayPaused ? 'has paused replay' : undefined;
  } catch {
    return 'does not answer';
  }
}
