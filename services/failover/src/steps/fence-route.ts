import { DrError } from '@novacron/contracts';
import type { BackendServer } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { statesNow } from '../adapters/plan-looks.js';
import { backendsFor, restoreServers, seenOf, serversOf, silentIn } from '../adapters/routes.js';
import { routeWords } from '../domain/change-words.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

/**
 * L2: no load balancer sends anything to the old primary any more, and its sessions are gone. In an unplanned move an instance that
 * cannot be reached is no reason to stop: it is named, and the routes do not count as fenced.
 */
export function fenceRoute(
  targets: FailoverTargets,
): Step<FailoverParams, BackendServer[], StepResults['fence-route']> {
  const ofSite = ({ from, mode }: FailoverParams, silent: readonly string[] = []) =>
    backendsFor(targets, mode, silent).flatMap((target) => {
      const server = target.serverOf.get(from);
      return server === undefined ? [] : [{ ...target, server }];
    });
  const isClosed = (seen: readonly BackendServer[], params: FailoverParams): boolean =>
    ofSite(params).every((target) =>
      seenOf(target, seen)
        .filter((entry) => entry.server === target.server)
        .every(({ state }) => state === 'maint'),
    );
  return {
    name: 'fence-route',
    title: 'take the old primary out of every load balancer',
    timeoutMs: 5_000,
    attempts: 3,
    describe: async ({ from }) => {
      const found = ofSite({ from, mode: 'planned' } as FailoverParams).map(
        async ({ balancer, backend, server, runtime }) =>
          (await statesNow(runtime, backend))
            .filter((entry) => entry.server === undefined || entry.server === server)
            .map(({ state }) => closingWords(balancer, backend, server, state)),
      );
      return [...new Set((await Promise.all(found)).flat())];
    },
    capture: ({ params }) => serversOf(targets, params.mode),
    probe: async ({ params }) => {
      const seen = await serversOf(targets, params.mode);
      const isAll = silentIn(targets, seen).length === 0;
      return isAll && isClosed(seen, params) ? { backends: ofSite(params).length } : undefined;
    },
    run: async ({ params, logger }, captured) => {
      const silent = silentIn(targets, captured);
      if (silent.length > 0) logger.warn('a load balancer cannot be reached and is left out', { silent });
      const closing = captured.length === 0 ? [] : ofSite(params, silent);
      await Promise.all(closing.map(({ runtime, backend, server }) => runtime.setState(backend, server, 'maint')));
      const changes = closing.flatMap((target) =>
        seenOf(target, captured)
          .filter((entry) => entry.server === target.server)
          .map(({ state }) => closingWords(target.balancer, target.backend, target.server, state)),
      );
      const unheard = silent.length === 0 ? {} : { silent };
      return { backends: closing.length, changes: [...new Set(changes)], ...unheard };
    },
    verify: async ({ params }, { silent = [] }) => {
      const heard = { backends: backendsFor(targets, params.mode, silent) };
      if (!isClosed(await serversOf(heard, params.mode), params))
        throw new DrError('VERIFY_FAILED', `${params.from} is still routed to`);
    },
    undo: async ({ params }, captured) => {
      await restoreServers(targets, captured, params.mode);
    },
  };
}

function closingWords(balancer: string, backend: string, server: string, state: string): string {
  return `${routeWords(balancer, backend, server, state, 'maint')}, its sessions ended`;
}
