import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { stopCache } from '../../adapters/scratch-cache.js';
import { runningPort, stopDatabase } from '../../adapters/scratch-database.js';
import { placeOf, type RestoreTools } from './restore-tools.js';
import type { RestoreParams, RestoreResults } from './restore-params.js';

/** The scratch server ends and its folder goes, unless it was asked to stay for a look. */
export function release(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['release']> {
  return {
    name: 'release',
    title: 'remove the scratch server',
    timeoutMs: 120_000,
    attempts: 3,
    describe: ({ keep }) => [keep ? 'nothing; the scratch server stays' : 'the scratch server and its folder'],
    probe: () => Promise.resolve(undefined),
    run: async ({ operationId, params, signal }) => {
      const place = placeOf(tools, operationId);
      if (params.keep) {
        await place.keep();
        return { kept: true };
      }
      await stopDatabase(place, signal);
      await stopCache(place, signal);
      await place.remove();
      return { kept: false };
    },
    verify: async ({ operationId }, { kept }) => {
      if (kept || (await runningPort(placeOf(tools, operationId))) === undefined) return;
      throw new DrError('VERIFY_FAILED', 'the scratch server still runs');
    },
  };
}
