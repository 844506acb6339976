import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

/** The caches of the new site take writes, and those of every other site that answers follow it. */
export function switchCaches(targets: FailoverTargets): Step<FailoverParams, undefined, { readonly caches: number }> {
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
    describe: ({ to }) =>
      targets.caches.map(({ name }) => `${name}: ${to ?? 'the chosen site'} takes writes, the others follow it`),
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
  };
}
