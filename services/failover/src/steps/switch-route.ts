import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

/** Every load balancer, on every instance, sends to the new site and nowhere else. */
export function switchRoute(targets: FailoverTargets): Step<FailoverParams, undefined, { readonly backends: number }> {
  const wanted = (context: StepContext<FailoverParams>) =>
    targets.backends.map((target) => {
      const site = targetOf(context);
      const server = target.serverOf.get(site);
      if (server === undefined)
        throw new DrError(
          'PRECONDITION_FAILED',
          `${target.balancer} backend ${target.backend} has no server for ${site}`,
        );
      return { ...target, server };
    });
  const look = async (context: StepContext<FailoverParams>): Promise<{ backends: number } | undefined> => {
    const moved = await Promise.all(
      wanted(context).map(async ({ runtime, backend, server }) =>
        (await runtime.servers(backend)).every((entry) => (entry.state === 'ready') === (entry.server === server)),
      ),
    );
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
