import type { Step, StepContext } from '@novacron/operations';
import { refuseMadeTablespaces } from '../../adapters/refuse-made-tablespaces.js';
import {
  type RecoveredDatabase,
  recoverDatabase,
  stopDatabase,
  wasRecovered,
} from '../../adapters/scratch-database.js';
import { unpackInto } from './fetch-backup.js';
import { manifestComponent, placeOf, type RestoreTools } from './restore-tools.js';
import type { RestoreParams, RestoreResults } from './restore-params.js';

const recoverTimeoutMs = 24 * 3_600_000;

/** A server of its own replays the WAL up to the point that was chosen. */
export function recover(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['recover']> {
  return {
    name: 'recover',
    title: 'replay the WAL on a scratch server',
    timeoutMs: recoverTimeoutMs,
    attempts: 2,
    describe: ({ point }) => [`a scratch server on loopback, recovered to ${point.targetTime ?? 'the end of its WAL'}`],
    probe: () => Promise.resolve(undefined),
    run: (context) => recoverAnew(tools, context),
    verify: () => Promise.resolve(),
  };
}

/**
 * Recovers on a directory as it was unpacked: one that an attempt before has recovered, wholly or halfway, is on a way of its
 * own and is unpacked again.
 */
export async function recoverAnew(
  tools: RestoreTools,
  context: StepContext<RestoreParams>,
): Promise<RecoveredDatabase> {
  const place = placeOf(tools, context.operationId);
  await stopDatabase(place, context.signal);
  if (await wasRecovered(place)) await unpackInto(tools, context);
  const { component, point } = context.params;
  await refuseMadeTablespaces(place, point, await manifestComponent(tools, context.params), context.signal);
  return recoverDatabase(place, point, await tools.sources.adminOf(component), {
    signal: context.signal,
    timeoutMs: recoverTimeoutMs,
  });
}
