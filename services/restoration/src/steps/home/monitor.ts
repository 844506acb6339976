import { setTimeout as sleep } from 'node:timers/promises';
import { DrError, durationMs } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { EstateWatch } from '../../adapters/estate-watch.js';
import { FrontDoor, type Request } from '../../adapters/front-door.js';
import type { HealthView } from '../../adapters/health-view.js';
import type { RestorationTargets } from '../../adapters/restoration-targets.js';
import { summarize, watchProblems } from '../../domain/watch.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

/** How the estate's reference has it, where the estate does not say. */
const referenceWatch = { watch: '5m', watchEvery: '10s' };
const requestsPerLook = 5;
/** A check that was about to recover when the watch ended is given this long to say so. */
const settleMs = 15_000;

/** After the cutback: requests from outside, one primary at every look, and a healthy site, for as long as the estate asks. */
export function monitor(
  targets: RestorationTargets,
  watch: EstateWatch,
  health: HealthView,
): Step<RestorationParams, undefined, RestorationResults['monitor']> {
  const settings = targets.estate.restoration;
  const { watch: watchFor, watchEvery: lookEvery } = settings ?? referenceWatch;
  const [watchMs, everyMs] = [durationMs(watchFor), durationMs(lookEvery)];
  const limits = {
    maxErrorRate: settings?.maxErrorRate ?? 0.01,
    maxMeanResponseMs: durationMs(settings?.maxMeanResponse ?? '500ms'),
  };
  return {
    name: 'monitor',
    title: 'watch service at home',
    timeoutMs: watchMs * 2 + 60_000,
    // One more watch: a single unlucky request must not call somebody.
    attempts: 2,
    describe: ({ to }) => [`nothing; watches ${to} for ${watchFor}, every ${lookEvery}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params, signal } = context;
      const door = new FrontDoor(targets, params.to);
      const requests: Request[] = [];
      const startedAt = performance.now();
      let looks = 0;
      for (let elapsed = 0; elapsed < watchMs; elapsed = performance.now() - startedAt) {
        const [answers] = await Promise.all([knock(door, signal), watch.assertOnePrimary(signal)]);
        requests.push(...answers);
        looks += 1;
        context.progress(Math.min(99, (100 * elapsed) / watchMs));
        await sleep(Math.max(0, looks * everyMs - (performance.now() - startedAt)), undefined, { signal });
      }
      const summary = summarize(requests);
      const problems = watchProblems(summary, limits, await unwell(params.to, signal));
      if (problems.length === 0) return { looks, ...summary };
      throw new DrError('VERIFY_FAILED', `service on ${params.to} is not as it should be`, {
        hint: `look at ${params.to}; to go back, start a planned failover to ${params.from}`,
        details: problems.map((problem) => ({ path: params.to, problem })),
      });
    },
    verify: () => Promise.resolve(),
  };

  async function unwell(site: string, signal: AbortSignal): Promise<string[]> {
    if (!targets.estate.health.checks.some((check) => check.site === site)) return [];
    return health.becomesWell(site, { timeoutMs: settleMs, signal }).then(
      () => [],
      (error: unknown) => {
        signal.throwIfAborted();
        return DrError.from(error).details.map(({ problem }) => problem);
      },
    );
  }
}

async function knock(door: FrontDoor, signal: AbortSignal): Promise<Request[]> {
  const answers: Request[] = [];
  for (let each = 0; each < requestsPerLook; each += 1) answers.push(...(await door.knock(signal)));
  return answers;
}
