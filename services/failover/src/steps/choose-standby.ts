import { DrError } from '@novacron/contracts';
import {
  type Choice,
  chooseStandby,
  type ChooseStandbyPolicy,
  lsnDiffBytes,
  type PostgresMember,
  type StandbyCandidate,
} from '@novacron/drivers';
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
      const seen = await Promise.all(
        targets.databases.map((database) => lookAt(database, targets.estate.failover.order, params)),
      );
      const site = siteFor(seen, params);
      const choices = seen.map((database) => judge(database, site, params));
      const byDatabase = <V>(valueOf: (choice: Chosen) => V | undefined): Record<string, V> =>
        Object.fromEntries(
          seen.flatMap(({ name }, index) => {
            const choice = choices[index];
            const value = choice === undefined ? undefined : valueOf(choice);
            return value === undefined ? [] : [[name, value] as const];
          }),
        );
      return {
        ...{ site, position: choices[0]?.position ?? '0/0' },
        positions: byDatabase(({ position }) => position),
        replayed: byDatabase(({ replayedLsn }) => replayedLsn),
        keepsAcknowledgedCommits: choices.every((choice) => choice.keepsAcknowledgedCommits),
        unheard: [...new Set(choices.flatMap((choice) => choice.unheard))],
      };
    },
    verify: () => Promise.resolve(),
  };
}

const lookTimeoutMs = 2_000;

interface Chosen {
  readonly position: string;
  readonly replayedLsn?: string;
  readonly keepsAcknowledgedCommits: boolean;
  readonly unheard: readonly string[];
}

/** What the standbys of one database said, after their receivers were cut. */
interface DatabaseSeen {
  readonly name: string;
  readonly candidates: readonly StandbyCandidate[];
  readonly policy: ChooseStandbyPolicy;
  /** The estate has no link that promises anything. */
  readonly promisesNothing: boolean;
  readonly synchronousStandbys: readonly string[];
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

async function lookAt(
  database: DatabaseTarget,
  order: readonly string[],
  params: FailoverParams,
): Promise<DatabaseSeen> {
  const { name, links } = database.settings;
  const others = [...database.members.values()].filter((member) => member.name !== params.from);
  const candidates = await Promise.all(others.map((member) => candidate(member, database, order, params)));
  const promised = links.filter(({ from, mode }) => from === params.from && mode === 'synchronous').map(({ to }) => to);
  const synchronousStandbys = params.synchronousStandbys?.[name] ?? promised;
  const durability = { synchronousStandbys, count: synchronousStandbys.length };
  const policy = { durability, ...ofLineage(params.lineage?.[name]) };
  return { name, candidates, policy, promisesNothing: promised.length === 0, synchronousStandbys };
}

/**
 * The site to promote: the one that was asked for; else the one that was decided on, where it lacks nothing that was acknowledged;
 * else of those that every database can be promoted on the one that lacks the least.
 */
function siteFor(seen: readonly DatabaseSeen[], { to, verdict }: FailoverParams): string {
  if (to !== undefined) return to;
  const judged = seen.map((database) => ({
    name: database.name,
    choice: chooseStandby(database.candidates, database.policy),
  }));
  const [first] = judged;
  if (first === undefined) throw new DrError('NO_PROMOTABLE_STANDBY', 'the estate has no database');
  const common = first.choice.order.filter((site) => judged.every(({ choice }) => choice.order.includes(site)));
  const decided = common.find((site) => site === verdict?.targetSite);
  if (decided !== undefined && seen.every((database) => choiceOf(database, decided).keepsAcknowledgedCommits))
    return decided;
  const [best] = common
    .map((site) => ({ site, missing: seen.reduce((sum, database) => sum + missingOn(database, site), 0n) }))
    .toSorted((a, b) => (a.missing === b.missing ? 0 : a.missing < b.missing ? -1 : 1));
  if (best !== undefined) return best.site;
  const without = judged.find(({ choice }) => choice.order.length === 0);
  throw without === undefined
    ? new DrError('NO_PROMOTABLE_STANDBY', 'no site has a standby of every database that can be promoted', {
        details: judged.flatMap(({ name, choice }) => problemsOf(choice, `${name} `)),
      })
    : new DrError('NO_PROMOTABLE_STANDBY', `database ${without.name}: no standby can be promoted`, {
        details: problemsOf(without.choice),
      });
}

/** What is judged where this site and no other may be promoted. */
function choiceOf({ candidates, policy }: DatabaseSeen, site: string): Choice {
  const only = candidates.map((each) => (each.name === site ? each : { ...each, promotable: false }));
  return chooseStandby(only, policy);
}

/** How far a site is behind the one of this database that may be promoted and has most, bytes. */
function missingOn({ candidates, policy }: DatabaseSeen, site: string): bigint {
  const positionOf = (name: string | undefined) => candidates.find((each) => each.name === name)?.position ?? '0/0';
  return lsnDiffBytes(positionOf(chooseStandby(candidates, policy).chosen), positionOf(site));
}

function problemsOf({ excluded }: Choice, before = '') {
  return excluded.map(({ name, reason, words }) => ({
    path: `${before}${name}`,
    problem: words === undefined ? reason : `${reason}: ${words}`,
  }));
}

function judge(seen: DatabaseSeen, site: string, params: FailoverParams): Chosen {
  const { name, candidates, synchronousStandbys } = seen;
  const choice = choiceOf(seen, site);
  const chosen = candidates.find((item) => item.name === site);
  if (chosen === undefined || choice.chosen !== site) {
    throw new DrError('NO_PROMOTABLE_STANDBY', `database ${name}: ${site} cannot be promoted`, {
      details: problemsOf(chooseStandby(candidates, seen.policy)),
    });
  }
  const { keepsAcknowledgedCommits } = choice;
  const weighed = params.acceptableTargets?.includes(site) ?? seen.promisesNothing;
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
    (each) => !candidates.some((item) => item.name === each && item.reachable),
  );
  return {
    ...{ position: chosen.position ?? '0/0', keepsAcknowledgedCommits, unheard },
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
