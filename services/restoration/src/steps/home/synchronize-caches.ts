import { DrError } from '@novacron/contracts';
import type { RedisMember } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { CacheTarget, RestorationTargets } from '../../adapters/restoration-targets.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

const followTimeoutMs = 600_000;

/** The home site's caches follow the active site's. What they held is replaced by what the active ones hold. */
export function synchronizeCaches(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['synchronize-caches']> {
  return {
    name: 'synchronize-caches',
    title: 'let the home site’s caches follow the active ones',
    timeoutMs: followTimeoutMs + 60_000,
    attempts: 3,
    describe: ({ from, to }) => targets.caches.map(({ settings }) => `${settings.name}: ${to} follows ${from}`),
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const following = targets.caches.map(async (cache) => {
        const [home, active] = [cacheOn(cache, params.to), cacheOn(cache, params.from)];
        if (home === undefined || active === undefined) return [];
        if (!(await answers(home, signal))) await cache.controls.get(params.to)?.start(signal);
        const { host, port } = active.options;
        await home.follow(host, port, { signal, timeoutMs: followTimeoutMs });
        return [cache.settings.name];
      });
      return { caches: (await Promise.all(following)).flat() };
    },
    verify: async ({ params, signal }, { caches }) => {
      for (const cache of targets.caches.filter(({ settings }) => caches.includes(settings.name))) {
        const status = await cacheOn(cache, params.to)?.status({ signal });
        if (status?.role !== 'replica' || !status.linkUp)
          throw new DrError('VERIFY_FAILED', `cache ${cache.settings.name} on ${params.to} does not follow`);
      }
    },
  };
}

function cacheOn({ members }: CacheTarget, site: string): RedisMember | undefined {
  return members.get(site);
}

function answers(member: RedisMember, signal: AbortSignal): Promise<boolean> {
  return member.status({ signal, timeoutMs: 2_000 }).then(
    () => true,
    () => false,
  );
}
