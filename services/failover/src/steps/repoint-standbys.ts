import { DrError } from '@novacron/contracts';
import { replicationSource, slotName } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import type { DatabaseTarget, FailoverTargets } from '../adapters/failover-targets.js';
import { lookNow, sourceWords } from '../adapters/plan-looks.js';
import { synchronousStandbys, upstreamOf } from '../domain/upstream.js';
import { databasesByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { slotWords, waitWords } from '../domain/change-words.js';
import { targetOf } from './results.js';

/** By database: who follows whom now, and whose confirmation commits wait for. */
interface Repointed {
  readonly [database: string]: { readonly following: Record<string, string>; readonly synchronous: readonly string[] };
}

/**
 * The other standbys that answer follow the new primary, in the chain the estate's links ask for, and commits wait for the
 * synchronous ones among them. A standby that does not follow is named and left for restoration: service does not wait
 * for redundancy, but it is not called complete with it either.
 */
export function repointStandbys(targets: FailoverTargets): Step<FailoverParams, undefined, Repointed> {
  return {
    name: 'repoint-standbys',
    title: 'let the other standbys follow the new primary',
    timeoutMs: 45_000,
    attempts: 2,
    skippable: true,
    describe: async ({ from, to, mode }, signal) => {
      const found = targets.databases.map(async (database) => {
        const { settings, members } = database;
        const others = [...members.values()].filter(({ name }) => name !== from && name !== to);
        // The old primary of a planned move is a standby by then.
        const standbys = mode === 'planned' ? [...members.values()].filter(({ name }) => name !== to) : others;
        const available = new Set([...standbys.map(({ name }) => name), ...(to === undefined ? [] : [to])]);
        const followers = new Set([...others.map(({ name }) => name), ...(mode === 'planned' ? [from] : [])]);
        const waits =
          to === undefined
            ? []
            : [`${settings.name} ${to}: ${waitWords(synchronousStandbys(to, settings.links, followers))}`];
        const repointed = await Promise.all(
          standbys.map(async ({ name }) => {
            const old = name === from ? to : sourceWords(database, await lookNow(members.get(name), signal));
            const upstream = to === undefined ? 'its new upstream' : upstreamOf(name, to, settings.links, available);
            return [
              slotWords(settings.name, upstream, slotName(name), 'absent', 'kept'),
              `${settings.name} ${name}: primary_conninfo ${old ?? 'the chosen standby'} → ${upstream}`,
            ];
          }),
        );
        return [...repointed.flat(), ...waits];
      });
      return (await Promise.all(found)).flat();
    },
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const done = await Promise.all(
        targets.databases.map(
          async (database) => [database.settings.name, await repoint(database, context, targets)] as const,
        ),
      );
      return Object.fromEntries(done);
    },
    byHand: () => databasesByHand(targets, 'select pg_is_in_recovery()'),
    verify: async (context) => {
      const active = targetOf(context);
      for (const { settings, members } of targets.databases) {
        const status = await members.get(active)?.status();
        if (status?.inRecovery !== false)
          throw new DrError('VERIFY_FAILED', `database ${settings.name}: ${active} is not the primary`);
      }
    },
  };
}

async function repoint(
  database: DatabaseTarget,
  context: StepContext<FailoverParams>,
  targets: FailoverTargets,
): Promise<Repointed[string]> {
  const { settings, members } = database;
  const { signal, params, logger } = context;
  const active = targetOf(context);
  const standbys = await answeringStandbys(database, active, params);
  const available = new Set([active, ...standbys]);
  const following: Record<string, string> = {};
  for (const site of standbys) {
    const upstream = upstreamOf(site, active, settings.links, available);
    try {
      await members.get(upstream)?.createReplicationSlot(slotName(site), { signal });
      await members
        .get(site)
        ?.pointAt(replicationSource(settings, upstream, site, targets.context), { signal, timeoutMs: 12_000 });
      following[site] = upstream;
    } catch (error) {
      signal.throwIfAborted();
      logger.warn('a standby does not follow the new primary', { site, upstream, code: DrError.from(error).code });
    }
  }
  const synchronous = synchronousStandbys(active, settings.links, new Set(Object.keys(following)));
  await members.get(active)?.setSynchronousStandbys(synchronous, {}, { signal });
  return { following, synchronous };
}

async function answeringStandbys(
  { members }: DatabaseTarget,
  active: string,
  { from, mode }: FailoverParams,
): Promise<string[]> {
  const asked = [...members.values()].map(async (member) => {
    if (member.name === active) return [];
    // A lost primary that answers again is not a standby, whatever it says of itself.
    if (member.name === from && mode === 'unplanned') return [];
    const standby = await member.status({ timeoutMs: 2_000 }).then(
      (status) => status.inRecovery,
      () => false,
    );
    return standby ? [member.name] : [];
  });
  return (await Promise.all(asked)).flat();
}
