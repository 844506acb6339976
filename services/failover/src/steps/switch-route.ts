import { DrError } from '@novacron/contracts';
import type { BackendServer, FollowingBackend } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { statesNow } from '../adapters/plan-looks.js';
import { backendsFor, restoreServers, serversOf } from '../adapters/routes.js';
import { routeWords } from '../domain/change-words.js';
import { beforeWrites } from './before-writes.js';
import { routeByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { type Changed, silentBalancers, targetOf } from './results.js';

interface Leading {
  readonly balancer: string;
  readonly runtime: FollowingBackend['runtime'];
  readonly backend: string;
  readonly server: string;
}

/** Sets every backend again that does not send to the site alone: a load balancer that was reloaded has forgotten where to. */
export async function keepRoute(targets: FailoverTargets, context: StepContext<FailoverParams>): Promise<void> {
  const keep = async (each: Leading): Promise<void> => {
    if (!(await leadsThere(each))) await each.runtime.activate(each.backend, each.server);
  };
  // Those that could not be reached may answer by now; if they do not, the epoch keeper tells them.
  const silent = silentBalancers(context);
  const late = leadingTo(targets.backends, targetOf(context)).map((each) => {
    return { ...each, runtime: each.runtime.only(silent) };
  });
  await Promise.all([
    ...leadingTo(backendsFor(targets, context.params.mode, silent), targetOf(context)).map(keep),
    ...(silent.length === 0 ? [] : late.map((each) => keep(each).catch(() => undefined))),
  ]);
}

function leadingTo(backends: readonly FollowingBackend[], site: string): Leading[] {
  return backends.map(({ balancer, backend, runtime, serverOf }) => {
    const server = serverOf.get(site);
    if (server === undefined)
      throw new DrError('PRECONDITION_FAILED', `${balancer} backend ${backend} has no server for ${site}`);
    return { balancer, runtime, backend, server };
  });
}

async function leadsThere({ runtime, backend, server }: Leading): Promise<boolean> {
  return (await runtime.servers(backend)).every((entry) => (entry.state === 'ready') === (entry.server === server));
}

/**
 * Every load balancer, on every instance, sends to the new site and nowhere else; an unplanned move leaves out, and names, those that
 * cannot be reached. Undone, each server is as it was.
 */
export function switchRoute(
  targets: FailoverTargets,
): Step<
  FailoverParams,
  BackendServer[] | undefined,
  Changed & { readonly backends: number; readonly silent?: readonly string[] }
> {
  const wantedServers = (context: StepContext<FailoverParams>) =>
    leadingTo(backendsFor(targets, context.params.mode, silentBalancers(context)), targetOf(context));
  const unheard = (context: StepContext<FailoverParams>) => {
    const silent = silentBalancers(context);
    return silent.length === 0 ? {} : { silent };
  };
  const look = async (context: StepContext<FailoverParams>) => {
    const moved = await Promise.all(wantedServers(context).map(leadsThere));
    return moved.every(Boolean) ? { backends: moved.length, ...unheard(context) } : undefined;
  };
  return {
    name: 'switch-route',
    title: 'send traffic to the new site',
    timeoutMs: 10_000,
    attempts: 5,
    describe: async ({ to }) => {
      const found = targets.backends.map(async ({ balancer, backend, runtime, serverOf }) => {
        const wanted = to === undefined ? undefined : serverOf.get(to);
        if (wanted === undefined) return [`${balancer}: ${backend} → ${to ?? 'the chosen site'}, all others maint`];
        return (await statesNow(runtime, backend)).map(({ server = wanted, state }) => {
          return routeWords(balancer, backend, server, state, server === wanted ? 'ready' : 'maint');
        });
      });
      return [...new Set((await Promise.all(found)).flat())];
    },
    capture: ({ params }) => beforeWrites(params, () => serversOf(targets, params.mode)),
    probe: look,
    run: async (context) => {
      const wanted = wantedServers(context);
      const changed = wanted.map(async ({ balancer, runtime, backend, server: active }) =>
        (await runtime.activate(backend, active)).flatMap(({ server, state }) => {
          const wanted = server === active ? 'ready' : 'maint';
          return state === wanted ? [] : [routeWords(balancer, backend, server, state, wanted)];
        }),
      );
      return {
        backends: wanted.length,
        changes: [...new Set((await Promise.all(changed)).flat())],
        ...unheard(context),
      };
    },
    verify: async (context) => {
      if ((await look(context)) === undefined)
        throw new DrError('VERIFY_FAILED', `a load balancer does not send to ${targetOf(context)} alone`);
    },
    byHand: (context) => routeByHand(targets, targetOf(context)),
    undo: async ({ params }, captured) => {
      if (captured !== undefined) await restoreServers(targets, captured, params.mode);
    },
  };
}
