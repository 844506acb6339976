import { DrError, type ProblemDetail } from '@novacron/contracts';
import { lsnDiffBytes } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import type { StepResults } from './results.js';

/** More than this behind, and the hand-over would keep customers waiting for it. */
const maxLagBytes = 16n * 1024n * 1024n;

/** A planned move begins only when the target streams, keeps up and is of the same system: refused before anything is touched. */
export function prepareTarget(
  targets: FailoverTargets,
): Step<FailoverParams, undefined, StepResults['prepare-target']> {
  const look = async (from: string, to: string): Promise<ProblemDetail[]> => {
    const found = await Promise.all(
      targets.databases.map(async ({ settings, members }) => {
        const [old, target] = [members.get(from), members.get(to)];
        if (old === undefined || target === undefined)
          return [{ path: settings.name, problem: `has no member on ${to}` }];
        const [oldStatus, status] = [await old.status(), await target.status()];
        const problems: string[] = [];
        if (oldStatus.inRecovery) problems.push(`${from} is not the primary`);
        if (!status.inRecovery) problems.push(`${to} is not a standby`);
        if (status.systemIdentifier !== oldStatus.systemIdentifier) problems.push(`${to} is of another system`);
        if (status.walReceiverStatus !== 'streaming') problems.push(`${to} does not stream`);
        if (status.replayPaused) problems.push(`replay is paused on ${to}`);
        const lag = lsnDiffBytes(oldStatus.currentLsn ?? '0/0', status.replayLsn ?? '0/0');
        if (lag > maxLagBytes) problems.push(`${to} is ${lag} bytes behind, more than ${maxLagBytes}`);
        return problems.map((problem) => ({ path: settings.name, problem }));
      }),
    );
    return found.flat();
  };
  return {
    name: 'prepare-target',
    title: 'see that the target streams and keeps up',
    timeoutMs: 20_000,
    attempts: 3,
    describe: ({ to }) => [`nothing; looks at ${to ?? 'the target'}`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params }) => {
      const to = params.to ?? '';
      const problems = await look(params.from, to);
      if (problems.length > 0) {
        throw new DrError('PRECONDITION_FAILED', `${to} cannot take over without loss now`, {
          details: problems,
          retryable: true,
        });
      }
      return { site: to };
    },
    verify: () => Promise.resolve(),
  };
}
