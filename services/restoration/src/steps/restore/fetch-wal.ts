import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { fetchWal as fetchFromArchive, formatLsn, parseLsn } from '@novacron/repository';
import { manifestComponent, placeOf, type RestoreTools } from './restore-tools.js';
import type { RestoreParams, RestoreResults } from './restore-params.js';

/** The WAL between the backup and the point that was chosen, as files that the server asks for by name. */
export function fetchWal(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['fetch-wal']> {
  return {
    name: 'fetch-wal',
    title: 'fetch and decrypt the WAL after the backup',
    timeoutMs: 24 * 3_600_000,
    attempts: 3,
    describe: ({ point }) => [
      point.timeline === undefined
        ? 'nothing; the backup carries its WAL'
        : `WAL of timeline ${point.timeline} in the scratch folder`,
    ],
    probe: () => Promise.resolve(undefined),
    run: async ({ operationId, params, signal }) => {
      const place = placeOf(tools, operationId);
      const { timeline, store, untilLsn } = params.point;
      if (timeline === undefined) return { segments: 0 };
      const { systemId, startLsn, stopLsn, includesWal } = await manifestComponent(tools, params);
      const from = includesWal === true ? stopLsn : startLsn;
      if (from === undefined)
        throw new DrError('CORRUPT_OBJECT', `${params.point.backupId} does not say where its WAL begins`);
      await place.empty(place.walDir);
      await tools.sources.repository.learnKeys(store);
      const { reach, segments } = await fetchFromArchive(tools.sources.repository.wal(store, systemId), {
        from: parseLsn(from),
        ...(untilLsn === undefined ? {} : { until: parseLsn(untilLsn) }),
        timeline,
        toDir: place.walDir,
        signal,
      });
      await place.handOver(place.walDir);
      return { segments: segments.length, untilLsn: formatLsn(reach.until) };
    },
    verify: () => Promise.resolve(),
  };
}
