import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import { type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
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
  const lsn = handoverLsn(token);
  await member.waitForReplay(lsn, { signal, timeoutMs: waitMs });
  const { inRecovery, systemIdentifier } = await member.status({ signal });
  const { epoch, from } = params;
  const problems = tokenProblems(token, { operationId, epoch, from }, { site, inRecovery, systemIdentifier });
  if (problems.length > 0) {
    throw new DrError('PRECONDITION_FAILED', `the hand-over of ${token.database} to ${site} is not valid`, {
      details: problems.map((problem) => ({ path: token.database, problem: `the token ${problem}` })),
      retryable: false,
    });
  }
  return { database: token.database, replayed: lsn };
}
