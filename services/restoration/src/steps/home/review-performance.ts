import type { Step } from '@novacron/operations';
import { FrontDoor } from '../../adapters/front-door.js';
import type { RestorationTargets } from '../../adapters/restoration-targets.js';
import { summarize } from '../../domain/watch.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

const rounds = 5;

/** How the active site serves now: what the home site is measured by after the cutback. */
export function reviewPerformance(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['review-performance']> {
  return {
    name: 'review-performance',
    title: 'measure how the active site serves',
    timeoutMs: 60_000,
    attempts: 2,
    describe: () => [`nothing; ${rounds} requests through the load balancers`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const door = new FrontDoor(targets, params.from);
      const requests = [];
      for (let round = 0; round < rounds; round += 1) requests.push(...(await door.knock(signal)));
      return { requests: requests.length, meanMs: summarize(requests).meanMs };
    },
    verify: () => Promise.resolve(),
  };
}
