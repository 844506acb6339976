import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { lookAtDatabase } from '../adapters/standby-views.js';
import type { FailoverParams } from './failover-params.js';

interface Looked {
  readonly looked: boolean;
}

/** A decision this fresh needs no second look, and customers wait for it, milliseconds. */
const freshMs = 5_000;

/**
 * Between a decision and its first effect a human may have been asked, or the bus away for an hour: a primary that has come
 * back meanwhile, or whose data flow again, is left alone. What a human started is not second-guessed.
 */
export function lookAgain(targets: FailoverTargets): Step<FailoverParams, Looked, Looked> {
  return {
    name: 'look-again',
    title: 'see that the loss still lasts',
    timeoutMs: 15_000,
    attempts: 2,
    describe: ({ from }) => [`nothing; looks whether ${from} is still lost`],
    // Before the first change of its group, which does not begin when this throws.
    capture: async ({ params }) => {
      const isFresh = Date.now() - Date.parse(params.decidedAt) < freshMs;
      if (params.verdict === undefined || isFresh) return { looked: false };
      const { from } = params;
      const known = { sites: targets.estate.sites, record: undefined, intervalMs: 0 };
      const found = await Promise.all(targets.databases.map((database) => lookAtDatabase(database, from, known)));
      const flowing = found.flatMap(({ standbys }) => standbys).find((standby) => standby.dataFlowing);
      const isBack = found.some(({ primary }) => primary === 'answers');
      if (!isBack && flowing === undefined) return { looked: true };
      const how = isBack
        ? `${from} answers again and takes writes`
        : `${flowing?.site} receives data from ${from} again`;
      throw new DrError('PRECONDITION_FAILED', `${how}: nothing has to be moved`, {
        hint: 'to move service nevertheless, start it by hand',
      });
    },
    probe: () => Promise.resolve(undefined),
    run: (_context, captured) => Promise.resolve(captured),
    verify: () => Promise.resolve(),
  };
}
