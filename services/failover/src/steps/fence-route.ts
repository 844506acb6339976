import { DrError } from '@novacron/contracts';
import type { BackendServer } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { statesNow } from '../adapters/plan-looks.js';
import { restoreServers, serversOf } from '../adapters/routes.js';
import { routeWords } from '../domain/change-words.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

/** L2: no load balancer sends anything to the old primary any more, and its sessions are gone. */
export function fenceRoute(
  targets: FailoverTargets,
): Step<FailoverParams, BackendServer[], StepResults['fence-route']> {
  const ofSite = (site: string) =>
    targets.backends.flatMap((target) => {
      const server = target.serverOf.get(site);
      return server === undefined ? [] : [{ ...target, server }];
    });
  const isClosed = async (site: string): Promise<boolean> => {
    const states = await Promise.all(
      ofSite(site).map(async ({ runtime, backend, server }) =>
        (await runtime.servers(backend)).filter((entry) => entry.server === server),
      ),
    );
    return states.flat().every((entry) => entry.state === 'maint');
  };
  return {
    name: 'fence-route',
    title: 'take the old primary out of every load balancer',
    timeoutMs: 5_000,
    attempts: 3,
    describe: async ({ from }) => {
      const found = ofSite(from).map(async ({ balancer, backend, server, runtime }) =>
        (await statesNow(runtime, backend))
          .filter((entry) => entry.server === undefined || entry.server === server)
          .map(({ state }) => closingWords(balancer, backend, server, state)),
      );
      return [...new Set((await Promise.all(found)).flat())];
    },
    capture: () => serversOf(targets),
    probe: async ({ params }) => ((await isClosed(params.from)) ? { backends: ofSite(params.from).length } : undefined),
    run: async ({ params }, captured) => {
      const closing = ofSite(params.from);
      await Promise.all(closing.map(({ runtime, backend, server }) => runtime.setState(backend, server, 'maint')));
      const changes = closing.flatMap(({ balancer, backend, server }) =>
        captured
          .filter((entry) => entry.backend === backend && entry.server === server)
          .map(({ state }) => closingWords(balancer, backend, server, state)),
      );
      return { backends: closing.length, changes: [...new Set(changes)] };
    },
    verify: async ({ params }) => {
      if (!(await isClosed(params.from))) throw new DrError('VERIFY_FAILED', `${params.from} is still routed to`);
    },
    undo: async (_context, captured) => {
      await restoreServers(targets, captured);
    },
  };
}

function closingWords(balancer: string, backend: string, server: string, state: string): string {
  return `${routeWords(balancer, backend, server, state, 'maint')}, its sessions ended`;
}
