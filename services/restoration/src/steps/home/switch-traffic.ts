import type { Epochs } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { EstateWatch } from '../../adapters/estate-watch.js';
import type { FailoverClient } from '../../adapters/failover-client.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

/**
 * The planned move itself, which the failover service makes: it alone promotes, moves the epoch and routes. All the while we
 * look for a second writable site. A move that was rolled back leaves service where it was.
 */
export function switchTraffic(
  failover: FailoverClient,
  watch: EstateWatch,
  epochs: Pick<Epochs, 'current'>,
): Step<RestorationParams, undefined, RestorationResults['switch-traffic']> {
  const atHome = async ({ params }: StepContext<RestorationParams>) => {
    const now = await epochs.current();
    return now !== undefined && now.epoch > params.epoch && now.site === params.to ? now : undefined;
  };
  const endOf = async (
    failoverId: string,
    context: StepContext<RestorationParams>,
  ): Promise<RestorationResults['switch-traffic']> => {
    const { params, signal } = context;
    const look = (): Promise<void> => watch.assertOnePrimary(signal);
    const { state, reason, error, needs, startedAt } = await failover.ended(failoverId, signal, look);
    const now = await atHome(context);
    if (state === 'completed' && now !== undefined) {
      return { failoverId, epoch: now.epoch, durationMs: Math.max(0, Date.parse(now.at) - Date.parse(startedAt)) };
    }
    throw new DrError(
      'PRECONDITION_FAILED',
      `the move to ${params.to} ended ${state}: ${error?.message ?? reason ?? ''}`,
      {
        hint: needs?.join('; ') ?? `look at query.failover.status of ${failoverId}`,
      },
    );
  };
  return {
    name: 'switch-traffic',
    title: 'move service home',
    timeoutMs: 1_800_000,
    attempts: 1,
    pointOfNoReturn: true,
    describe: ({ from, to }) => [`a planned move from ${from} to ${to}; query.failover.plan shows its steps`],
    // One that is under way is waited for: until it has ended nobody knows whether service has moved.
    probe: async (context) => {
      const there = await atHome(context);
      const failoverId = there?.operationId ?? (await failover.runningTo(context.params.to));
      return failoverId === undefined ? undefined : endOf(failoverId, context);
    },
    run: async (context) => {
      const { params, correlationId } = context;
      return endOf(await failover.beginPlanned(params.to, params.reason, correlationId), context);
    },
    verify: async (context) => {
      if ((await atHome(context)) === undefined)
        throw new DrError('VERIFY_FAILED', `the epoch does not name ${context.params.to}`);
    },
  };
}
