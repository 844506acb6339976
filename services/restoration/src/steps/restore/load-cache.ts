import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { loadCache as loadInto, stopCache } from '../../adapters/scratch-cache.js';
import { manifestComponent, placeOf, type RestoreTools } from './restore-tools.js';
import type { RestoreParams, RestoreResults } from './restore-params.js';

const loadTimeoutMs = 3_600_000;

/** A Redis of its own loads the dump; as many keys must come out as were counted when it was made. */
export function loadCache(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['load-cache']> {
  return {
    name: 'load-cache',
    title: 'load the dump into a scratch Redis',
    timeoutMs: loadTimeoutMs,
    attempts: 2,
    describe: () => ['a scratch Redis on loopback'],
    probe: () => Promise.resolve(undefined),
    run: async ({ operationId, params, signal }) => {
      const place = placeOf(tools, operationId);
      await stopCache(place, signal);
      const { keyCount } = await manifestComponent(tools, params);
      const password = await tools.sources.cachePasswordOf(params.component);
      const loaded = await loadInto(place, password, { signal, timeoutMs: loadTimeoutMs });
      if (keyCount !== undefined && loaded.keysInDump !== keyCount) {
        throw new DrError('CORRUPT_OBJECT', `${loaded.keysInDump} keys came out of the dump, ${keyCount} went in`);
      }
      return { ...loaded, provedAt: new Date().toISOString() };
    },
    verify: () => Promise.resolve(),
  };
}
