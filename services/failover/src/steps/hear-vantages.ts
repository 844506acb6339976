import { setTimeout as delay } from 'node:timers/promises';
import { DrError, durationMs } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { HealthNow } from '../adapters/health-look.js';
import { type VantagesHeard, vantagesHeard } from '../domain/validation/vantage-words.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

type Heard = VantagesHeard | { readonly unheard: 'nobody answers for the health monitor' };

/** How the vantages see a site now; undefined when nobody answers. */
export type AskVantages = (site: string) => Promise<HealthNow | undefined>;

const againMs = 250;
const longestMs = 30_000;
/** A monitor that hangs may have got one question. */
const silencesAtMost = 2;

/**
 * The new site in the eyes of every vantage, each of its checks looked at since service was moved: waited for as long as two looks
 * take, beside the protection of the new primary. A site that a quorum calls lost stops the operation for a human; what a single
 * vantage finds, and who was not heard, is evidence.
 */
export function hearVantages(targets: FailoverTargets, ask: AskVantages): Step<FailoverParams, undefined, Heard> {
  const { interval, timeout } = targets.estate.health;
  const patienceMs = Math.min(longestMs, 2 * durationMs(interval) + durationMs(timeout) + 1_000);
  return {
    name: 'hear-vantages',
    title: 'hear every vantage on the new site',
    timeoutMs: patienceMs + 10_000,
    attempts: 2,
    skippable: true,
    describe: ({ to }) => [`nothing; asks how ${to ?? 'the chosen site'} is seen from outside`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const sinceMs = Date.now();
      const site = targetOf(context);
      let heard: VantagesHeard | undefined;
      for (let silences = 0; silences < silencesAtMost;) {
        const now = await ask(site);
        if (now === undefined) silences += 1;
        else heard = vantagesHeard(now.state, now.evidence, sinceMs);
        const isComplete = heard?.unheard.length === 0 && heard.problems.length === 0;
        if (isComplete || Date.now() - sinceMs >= patienceMs) break;
        await delay(againMs, undefined, { signal: context.signal });
      }
      return heard === undefined ? { unheard: 'nobody answers for the health monitor' } : assertNotLost(site, heard);
    },
    byHand: (context) => {
      const site = JSON.stringify({ site: targetOf(context) });
      return [`nats req dr.${targets.estate.estate}.query.health-monitor.status '${site}'`];
    },
    verify: () => Promise.resolve(),
  };
}

function assertNotLost(site: string, heard: VantagesHeard): VantagesHeard {
  if (heard.state !== 'lost' || heard.problems.length === 0) return heard;
  throw new DrError('VERIFY_FAILED', `a quorum of vantages finds ${site} lost: ${heard.problems[0]}`, {
    hint: `look at ${site}: service was moved there`,
    details: heard.problems.map((problem) => ({ path: site, problem })),
  });
}
