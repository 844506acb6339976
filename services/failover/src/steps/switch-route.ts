import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

interface Leading {
  readonly runtime: FailoverTargets['backends'][number]['runtime'];
  readonly backend: string;
  readonly server: string;
}

/** Sets every backend again that does not send to the site alone: a load balancer that was reloaded has forgotten where to. */
export async function keepRoute(targets: FailoverTargets, site: string): Promise<void> {
  await Promise.all(
    leadingTo(targets, site).map(async (each) => {
      if (!(await leadsThere(each))) await each.runtime.activate(each.backend, each.server);
    }),
  );
}

function leadingTo(targets: FailoverTargets, site: string): Leading[] {
  return targets.backends.map(({ balancer, backend, runtime, serverOf }) => {
    const server = serverOf.get(site);
    if (server === undefined)
      throw new DrError('PRECONDITION_FAILED', `${balancer} backend ${backend} has no server for ${site}`);
    return { runtime, backend, server };
  });
}

async function leadsThere({ runtime, backend, server }: Leading): Promise<boolean> {
  return (await runtime.servers(backend)).every((entry) => (entry.state === 'ready') === (entry.server === server));
}

/** Every load balancer, on every instance, sends to the new site and nowhere else. */
export function switchRoute(targets: FailoverTargets): Step<FailoverParams, undefined, { readonly backends: number }> {
  const wanted = (context: StepContext<FailoverParams>) => leadingTo(targets, targetOf(context));
  const look = async (context: StepContext<FailoverParams>): Promise<{ backends: number } | undefined> => {
    const moved = await Promise.all(wanted(context).map(leadsThere));
    return moved.every(Boolean) ? { backends: moved.length } : undefined;
  };
  return {
    name: 'switch-route',
    title: 'send traffic to the new site',
    timeoutMs: 10_000,
    attempts: 5,
    describe: ({ to }) =>
      targets.backends.map(
        ({ balancer, backend }) => `${balancer}: ${backend} → ${to ?? 'the chosen site'}, all others maint`,
      ),
    probe: look,
    run: async (context) => {
      const changes = wanted(context);
      await Promise.all(changes.map(({ runtime, backend, server }) => runtime.activate(backend, server)));
      return { backends: changes.length };
    },
    verify: async (context) => {
      if ((await look(context)) === undefined)
        throw new DrError('VERIFY_FAILED', `a load balancer does not send to ${targetOf(context)} alone`);
    },
  };
}
