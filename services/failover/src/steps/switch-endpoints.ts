import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { beforeWrites } from './before-writes.js';
import { endpointsByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, smokeSite, targetOf } from './results.js';

/** Where every endpoint led before. */
interface Captured {
  readonly site: string;
}

/**
 * Connection pools and whatever else does not find the active site by itself are told where it is. Undone, they are told the old
 * one again, in the same epoch: an endpoint refuses only older orders.
 */
export function switchEndpoints(
  targets: FailoverTargets,
): Step<FailoverParams, Captured | undefined, { readonly endpoints: readonly string[] }> {
  const point = async (site: string, context: StepContext<FailoverParams>): Promise<void> => {
    const { epoch } = resultOf(context, 'advance-epoch');
    const { operationId, signal } = context;
    await Promise.all(targets.endpoints.map((endpoint) => endpoint.point({ site, epoch, operationId }, { signal })));
  };
  return {
    name: 'switch-endpoints',
    title: 'tell connection pools and endpoints where the new site is',
    timeoutMs: 60_000,
    attempts: 3,
    skippable: true,
    describe: ({ from, to }) =>
      targets.endpoints.map(({ name, how }) => `endpoint ${name}: ${from} → ${to ?? 'the chosen site'} (${how})`),
    capture: ({ params }) => beforeWrites(params, () => Promise.resolve({ site: params.from })),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      await point(targetOf(context), context);
      return { endpoints: targets.endpoints.map(({ name }) => name) };
    },
    // Each says by itself when it leads there.
    verify: () => Promise.resolve(),
    byHand: (context) => endpointsByHand(targets, smokeSite(context)),
    undo: async (context, captured) => {
      if (captured !== undefined) await point(captured.site, context);
    },
  };
}
