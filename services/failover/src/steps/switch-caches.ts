import { DrError } from '@novacron/contracts';
import type { RedisStatus } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { cacheWords } from '../domain/change-words.js';
import { beforeWrites } from './before-writes.js';
import { cachesByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { type Changed, targetOf } from './results.js';

const lookTimeoutMs = 2_000;

/** By cache and site: the role each had. Who did not answer is not among them, and was not changed. */
type Captured = Readonly<Record<string, Readonly<Record<string, Pick<RedisStatus, 'role' | 'follows'>>>>>;

/** The caches of the new site take writes, and those of every other site that answers follow it. Undone, each has its old role. */
export function switchCaches(
  targets: FailoverTargets,
): Step<FailoverParams, Captured | undefined, Changed & { readonly caches: number }> {
  const masters = (context: StepContext<FailoverParams>) =>
    targets.caches.flatMap((cache) => {
      const member = cache.members.get(targetOf(context));
      return member === undefined ? [] : [{ cache, member }];
    });
  const look = async (context: StepContext<FailoverParams>): Promise<{ caches: number } | undefined> => {
    const found = await Promise.all(
      masters(context).map(async ({ member }) => (await member.status()).role === 'master'),
    );
    return found.every(Boolean) ? { caches: found.length } : undefined;
  };
  return {
    name: 'switch-caches',
    title: 'promote the caches of the new site',
    timeoutMs: 10_000,
    attempts: 3,
    skippable: true,
    describe: async ({ to }, signal) => {
      const roles = await rolesOf(targets, signal);
      const found = targets.caches.flatMap(({ name, members }) =>
        [...members.keys()].map((site) => {
          const old = roles[name]?.[site]?.role ?? 'unknown';
          if (to === undefined) return cacheWords(name, site, old, 'master on the chosen site, else its replica');
          return cacheWords(name, site, old, site === to ? 'master' : `replica of ${to}`);
        }),
      );
      return found;
    },
    capture: ({ params, signal }) => beforeWrites(params, () => rolesOf(targets, signal)),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { signal } = context;
      const changed = masters(context).map(async ({ cache, member }) => {
        const { role } = await member.status({ signal });
        await member.promote({ signal });
        const { host, port } = member.options;
        const others = [...cache.members.values()].filter((other) => other !== member);
        const following = others.map(async (other) => {
          const call = { signal, timeoutMs: lookTimeoutMs };
          const old = (await other.status(call)).role;
          const followed = await other.follow(host, port, call).then(
            () => '',
            () => ', not confirmed',
          );
          return cacheWords(cache.name, other.name, old, `replica of ${member.name}${followed}`);
        });
        // A site that does not answer follows when it is brought home.
        const followed = (await Promise.allSettled(following)).flatMap((outcome) =>
          outcome.status === 'fulfilled' ? [outcome.value] : [],
        );
        return [cacheWords(cache.name, member.name, role, 'master'), ...followed];
      });
      const changes = (await Promise.all(changed)).flat();
      return { caches: masters(context).length, changes };
    },
    verify: async (context) => {
      if ((await look(context)) === undefined)
        throw new DrError('VERIFY_FAILED', `a cache on ${targetOf(context)} does not take writes`);
    },
    byHand: (context) => cachesByHand(targets, targetOf(context)),
    undo: async ({ signal, logger }, captured = {}) => {
      const members = targets.caches.flatMap(({ name, members: all }) =>
        [...all.values()].flatMap((member) => {
          const role = captured[name]?.[member.name];
          return role === undefined ? [] : [{ cache: name, member, role }];
        }),
      );
      // Masters first: whoever follows finds its master in its role.
      for (const wanted of ['master', 'replica'] as const) {
        await Promise.all(
          members
            .filter(({ role }) => role.role === wanted)
            .map(({ cache, member, role }) =>
              member.restoreRole(role, { signal }).catch((error: unknown) => {
                // What is not there has no role to take back: its own start guard gives it one.
                if (DrError.from(error).code !== 'UNREACHABLE') throw error;
                logger.warn('a cache is gone and was not put back', { cache, site: member.name });
              }),
            ),
        );
      }
    },
  };
}

async function rolesOf({ caches }: FailoverTargets, signal: AbortSignal): Promise<Captured> {
  const found = caches.map(async ({ name, members }) => {
    const roles = [...members.values()].map(async (member) => {
      const status = await member.status({ signal, timeoutMs: lookTimeoutMs }).catch(() => undefined);
      if (status === undefined) return [];
      const { role, follows } = status;
      return [[member.name, { role, ...(follows === undefined ? {} : { follows }) }] as const];
    });
    return [name, Object.fromEntries((await Promise.all(roles)).flat())] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}
