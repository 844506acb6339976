import { DrError } from '@novacron/contracts';
import type { RedisStatus } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { beforeWrites } from './before-writes.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

const lookTimeoutMs = 2_000;

/** By cache and site: the role each had. Who did not answer is not among them, and was not changed. */
type Captured = Readonly<Record<string, Readonly<Record<string, Pick<RedisStatus, 'role' | 'follows'>>>>>;

/** The caches of the new site take writes, and those of every other site that answers follow it. Undone, each has its old role. */
export function switchCaches(
  targets: FailoverTargets,
): Step<FailoverParams, Captured | undefined, { readonly caches: number }> {
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
    describe: async ({ to }, signal) => {
      const roles = await rolesOf(targets, signal);
      const found = targets.caches.flatMap(({ name, members }) =>
        [...members.keys()].map((site) => {
          const old = roles[name]?.[site]?.role ?? 'unknown';
          if (to === undefined) return `${name} ${site}: ${old} → master on the chosen site, else its replica`;
          return `${name} ${site}: ${old} → ${site === to ? 'master' : `replica of ${to}`}`;
        }),
      );
      return found;
    },
    capture: ({ params, signal }) => beforeWrites(params, () => rolesOf(targets, signal)),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      await Promise.all(
        masters(context).map(async ({ cache, member }) => {
          await member.promote({ signal: context.signal });
          const { host, port } = member.options;
          const others = [...cache.members.values()].filter((other) => other !== member);
          // A site that does not answer follows when it is brought home.
          await Promise.allSettled(
            others.map((other) => other.follow(host, port, { signal: context.signal, timeoutMs: 2_000 })),
          );
        }),
      );
      return { caches: masters(context).length };
    },
    verify: async (context) => {
      if ((await look(context)) === undefined)
        throw new DrError('VERIFY_FAILED', `a cache on ${targetOf(context)} does not take writes`);
    },
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
