import { DrError } from '@novacron/contracts';
import { pollUntil, type PostgresMember, type ReceiverSettings } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import { type DatabaseTarget, type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import { lookNow, sourceWords } from '../adapters/plan-looks.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

/** Customers wait for it: a standby that needs longer counts as one that does not answer. */
const lookTimeoutMs = 1_500;

/** For what is put back, and how long one that is silent is asked again: both within the step's time. */
const callTimeoutMs = 4_000;
const patienceMs = 8_000;

/** Receiver settings by database and site, for the undo. */
type Captured = Record<string, Record<string, ReceiverSettings>>;

/**
 * L1: the standbys stop listening. A primary that waits for one of them can then acknowledge no commit, wherever it may
 * still run; and positions stand still, so that the choice which follows is made on what will be promoted.
 */
export function fenceCommits(targets: FailoverTargets): Step<FailoverParams, Captured, StepResults['fence-commits']> {
  const standbysOf = (database: DatabaseTarget, from: string): PostgresMember[] =>
    [...database.members.values()].filter((member) => member.name !== from);

  const cut = async (database: DatabaseTarget, captured: Captured, params: FailoverParams, signal: AbortSignal) => {
    const { name, links } = database.settings;
    const sites = Object.keys(captured[name] ?? {});
    await Promise.all(sites.map((site) => memberOn(database, site).cutWalReceiver({ signal })));
    const needed =
      params.synchronousStandbys?.[name] ??
      links.filter((link) => link.from === params.from && link.mode === 'synchronous').map((link) => link.to);
    return {
      cut: sites.map((site) => `${name} ${site}`),
      blocked: needed.length > 0 && needed.every((site) => sites.includes(site)),
    };
  };

  return {
    name: 'fence-commits',
    title: 'stop the standbys from receiving, so that the old primary can confirm no commit',
    timeoutMs: 15_000,
    attempts: 2,
    describe: async ({ from }, signal) => {
      const found = targets.databases.map((database) =>
        Promise.all(
          standbysOf(database, from).map(async (member) => {
            const old = sourceWords(database, await lookNow(member, signal));
            return `${database.settings.name} ${member.name}: primary_conninfo ${old} → empty`;
          }),
        ),
      );
      return (await Promise.all(found)).flat();
    },
    capture: async ({ params, signal }) => {
      const entries = targets.databases.map(async (database) => {
        const found = await Promise.all(standbysOf(database, params.from).map((member) => receiverOf(member, signal)));
        return [database.settings.name, Object.fromEntries(found.flat())] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    },
    // To cut what is cut already changes nothing.
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }, captured) => {
      const done = await Promise.all(targets.databases.map((database) => cut(database, captured, params, signal)));
      return { cut: done.flatMap((item) => item.cut), commitsBlocked: done.every(({ blocked }) => blocked) };
    },
    // Every cut was read back in `run`, and customers wait for each look.
    verify: () => Promise.resolve(),
    // One that does not answer for a moment, as it starts again, must not be left without a source for ever.
    undo: async ({ params, results, signal }, captured) => {
      const chosen = params.to ?? (results.get('choose-standby') as { readonly site: string } | undefined)?.site;
      const told = targets.databases.flatMap((database) =>
        Object.entries(captured[database.settings.name] ?? {}).map(async ([site, receiver]) => {
          const member = memberOn(database, site);
          const isTold = await receivesAgain(member, receiver, site === chosen, signal);
          return isTold ? [] : [`${database.settings.name} ${site}`];
        }),
      );
      const silent = (await Promise.all(told)).flat();
      if (silent.length === 0) return;
      throw new DrError('UNREACHABLE', `${silent.join(', ')} cannot be told to receive from ${params.from} again`, {
        hint: `see that the server answers: until it is told it receives nothing, and commits of ${params.from} may wait for it`,
      });
    },
  };
}

/** What a standby that answers receives from; one that does not answer is neither cut nor promoted. */
async function receiverOf(
  member: PostgresMember,
  signal: AbortSignal,
): Promise<(readonly [string, ReceiverSettings])[]> {
  try {
    const call = { signal, timeoutMs: lookTimeoutMs };
    if (!(await member.status(call)).inRecovery) return [];
    return [[member.name, await member.receiverSettings(call)]];
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

/** False for one that stays silent. The chosen one may have been stopped on the way back, and is given its source when it is started. */
async function receivesAgain(
  member: PostgresMember,
  receiver: ReceiverSettings,
  isChosen: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const tell = async (): Promise<true | undefined> => {
    const status = await member.status({ signal, timeoutMs: lookTimeoutMs }).catch(() => undefined);
    if (status?.inRecovery === true) await member.restoreWalReceiver(receiver, { signal, timeoutMs: callTimeoutMs });
    if (status !== undefined) return true;
    return isChosen && (await member.options.control?.isRunning(signal)) === false ? true : undefined;
  };
  try {
    return await pollUntil(`an answer of ${member.name}`, tell, { timeoutMs: patienceMs, signal, everyMs: 250 });
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
