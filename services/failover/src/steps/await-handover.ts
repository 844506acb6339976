import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import { type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import { handoverKey } from '../adapters/handover-key.js';
import { type HandoverToken, handoverLsn, tokenProblems } from '../domain/handover-token.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, targetOf } from './results.js';

const waitMs = 55_000;

/**
 * The target takes the token that the old primary left: made in this move, for this site, and of its own system. It
 * has replayed the old primary's shutdown checkpoint, so nothing that was ever written is missing on it.
 */
export function awaitHandover(
  targets: FailoverTargets,
): Step<FailoverParams, undefined, { readonly taken: readonly { database: string; replayed: string }[] }> {
  return {
    name: 'await-handover',
    title: 'wait until the target has replayed the last position',
    timeoutMs: 60_000,
    attempts: 1,
    describe: ({ to }) => [`nothing; waits for ${to ?? 'the target'}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { tokens } = resultOf(context, 'stop-old');
      const taken = targets.databases.map(({ settings }) => {
        const token = tokens.find(({ database }) => database === settings.name);
        if (token === undefined)
          throw new DrError('PRECONDITION_FAILED', `nothing was handed over for database ${settings.name}`);
        return take(targets, token, context);
      });
      return { taken: await Promise.all(taken) };
    },
    verify: () => Promise.resolve(),
  };
}

async function take(targets: FailoverTargets, token: HandoverToken, context: StepContext<FailoverParams>) {
  const { signal, operationId, params } = context;
  const site = targetOf(context);
  const database = targets.databases.find(({ settings }) => settings.name === token.database);
  if (database === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${token.database}`);
  const member = memberOn(database, site);
  const { estate } = targets.estate;
  const { epoch, from } = params;
  const key = await handoverKey(targets);
  const lsn = handoverLsn(token);
  const check = async (): Promise<void> => {
    const { inRecovery, systemIdentifier } = await member.status({ signal });
    const move = { estate, operationId, epoch, from, key, nowMs: Date.now() };
    assertValid(token, tokenProblems(token, move, { site, inRecovery, systemIdentifier }));
  };
  // What is not ours is not waited for, and what became of the taker meanwhile is looked at again.
  await check();
  await member.waitForReplay(lsn, { signal, timeoutMs: waitMs });
  await check();
  return { database: token.database, replayed: lsn };
}

function assertValid({ database, to }: HandoverToken, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new DrError('PRECONDITION_FAILED', `the hand-over of ${database} to ${to} is not valid: it ${problems[0]}`, {
    hint: 'nothing was promoted: see who can write on the bus, then move again',
    details: problems.map((problem) => ({ path: database, problem: `the token ${problem}` })),
    retryable: false,
  });
}
