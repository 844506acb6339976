import { DrError } from '@novacron/contracts';
import { chooseStandby, type PostgresMember, type StandbyCandidate } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { DatabaseTarget, FailoverTargets } from '../adapters/failover-targets.js';
import type { Lineage } from '../domain/replication/lineage.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

/**
 * The standby to promote, by ancestry, position and priority, read after the receivers were cut. With several databases
 * one site must suit them all. Standbys that do not answer count as unknown, never as behind.
 */
export function chooseStandbyStep(
  targets: FailoverTargets,
): Step<FailoverParams, undefined, StepResults['choose-standby']> {
  return {
    name: 'choose-standby',
    title: 'choose the standby that has everything',
    timeoutMs: 10_000,
    attempts: 2,
    describe: async (params) => {
      const found = targets.databases.map((database) => forksOf(database, targets.estate.failover.order, params));
      return ['nothing; reads the position of every standby', ...(await Promise.all(found)).flat()];
    },
    probe: () => Promise.resolve(undefined),
    run: async ({ params }) => {
      const choices = await Promise.all(
        targets.databases.map((database) => choose(database, targets.estate.failover.order, params)),
      );
      const [first] = choices;
      const differing = choices.find((choice) => choice.site !== first?.site);
      if (first === undefined) throw new DrError('NO_PROMOTABLE_STANDBY', 'the estate has no database');
      if (differing !== undefined) {
        throw new DrError(
          'NO_PROMOTABLE_STANDBY',
          `the databases are furthest on different sites: ${first.site} and ${differing.site}`,
          {
            hint: 'name the site with command.failover.start and allowDataLoss',
          },
        );
      }
      const positions = targets.databases.map(
        ({ settings }, index) => [settings.name, choices[index]?.position ?? '0/0'] as const,
      );
      const replayed = targets.databases.flatMap(({ settings }, index) => {
        const lsn = choices[index]?.replayedLsn;
        return lsn === undefined ? [] : [[settings.name, lsn] as const];
      });
      return {
        ...{ site: first.site, position: first.position },
        positions: Object.fromEntries(positions),
        replayed: Object.fromEntries(replayed),
        keepsAcknowledgedCommits: choices.every((choice) => choice.keepsAcknowledgedCommits),
        unheard: [...new Set(choices.flatMap((choice) => choice.unheard))],
      };
    },
    verify: () => Promise.resolve(),
  };
}

const lookTimeoutMs = 2_000;

interface Chosen {
  readonly site: string;
  readonly position: string;
  readonly replayedLsn?: string;
  readonly keepsAcknowledgedCommits: boolean;
  readonly unheard: readonly string[];
}

/** The standbys that cannot be promoted whatever else happens until then, in words. */
async function forksOf(database: DatabaseTarget, order: readonly string[], params: FailoverParams): Promise<string[]> {
  const others = [...database.members.values()].filter((member) => member.name !== params.from);
  const candidates = await Promise.all(others.map((member) => candidate(member, database, order, params)));
  const { excluded } = chooseStandby(candidates, ofLineage(params.lineage?.[database.settings.name]));
  return excluded.flatMap(({ name, reason, words }) =>
    reason === 'other-system' || reason === 'timeline-not-in-lineage'
      ? [`${database.settings.name} ${name}: cannot be promoted, ${words ?? 'it is of another system'}`]
      : [],
  );
}

async function choose(database: DatabaseTarget, order: readonly string[], params: FailoverParams): Promise<Chosen> {
  const others = [...database.members.values()].filter((member) => member.name !== params.from);
  const candidates = await Promise.all(others.map((member) => candidate(member, database, order, params)));
  const promised = database.settings.links
    .filter((link) => link.from === params.from && link.mode === 'synchronous')
    .map((link) => link.to);
  const synchronousStandbys = params.synchronousStandbys?.[database.settings.name] ?? promised;
  const choice = chooseStandby(candidates, {
    durability: { synchronousStandbys, count: synchronousStandbys.length },
    ...ofLineage(params.lineage?.[database.settings.name]),
  });
  const site = params.to ?? choice.chosen;
  const chosen = candidates.find((item) => item.name === site);
  const excluded = choice.excluded.find((item) => item.name === site);
  if (site === undefined || chosen === undefined || excluded !== undefined || !choice.order.includes(site)) {
    throw new DrError(
      'NO_PROMOTABLE_STANDBY',
      `database ${database.settings.name}: ${site ?? 'no standby'} cannot be promoted`,
      {
        details: choice.excluded.map(({ name, reason, words }) => ({
          path: name,
          problem: words === undefined ? reason : `${reason}: ${words}`,
        })),
      },
    );
  }
  const keepsAcknowledgedCommits = site === choice.chosen && choice.keepsAcknowledgedCommits;
  const weighed = params.acceptableTargets?.includes(site) ?? promised.length === 0;
  if (!keepsAcknowledgedCommits && !weighed && !params.allowDataLoss) {
    throw new DrError(
      'PRECONDITION_FAILED',
      `${site} may lack acknowledged commits: a synchronous standby that would know does not answer or is ahead`,
      {
        hint: 'bring it back, or start the failover again with allowDataLoss',
      },
    );
  }
  const replayed = chosen.replayPosition ?? undefined;
  const unheard = synchronousStandbys.filter(
    (name) => !candidates.some((item) => item.name === name && item.reachable),
  );
  return {
    ...{ site, position: chosen.position ?? '0/0', keepsAcknowledgedCommits, unheard },
    ...(replayed === undefined ? {} : { replayedLsn: replayed }),
  };
}

/** A standby is of the lost primary's system, and of its line: one that was promoted aside is not, whatever its number. */
function ofLineage(lineage: Lineage | undefined) {
  return lineage === undefined ? {} : { systemIdentifier: lineage.systemIdentifier, lineage };
}

/** Where the estate gives no priority, the order in which sites take over is one. */
async function candidate(
  member: PostgresMember,
  { settings }: DatabaseTarget,
  order: readonly string[],
  { acceptableTargets }: FailoverParams,
): Promise<StandbyCandidate> {
  const policy = settings.members.find((item) => item.site === member.name);
  const base = {
    name: member.name,
    priority: policy?.priority ?? rankIn(order, member.name),
    promotable: (policy?.promotable ?? true) && (acceptableTargets?.includes(member.name) ?? true),
  };
  try {
    const { status, line } = await member.statusWithLine({ timeoutMs: lookTimeoutMs });
    return {
      ...base,
      reachable: true,
      inRecovery: status.inRecovery,
      systemIdentifier: status.systemIdentifier,
      timeline: line.timeline,
      ...(line.history === undefined ? {} : { history: line.history }),
      position: status.position,
      replayPosition: status.replayLsn,
      replayPaused: status.replayPaused,
      walReceiverStreaming: status.walReceiverStatus === 'streaming',
    };
  } catch {
    return { ...base, reachable: false };
  }
}

function rankIn(order: readonly string[], site: string): number {
  const index = order.indexOf(site);
  return index < 0 ? 0 : order.length - index;
}
