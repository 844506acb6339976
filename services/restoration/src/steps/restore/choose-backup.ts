import type { Step } from '@novacron/operations';
import { manifestComponent, type RestoreTools } from './restore-tools.js';
import type { RestoreParams, RestoreResults } from './restore-params.js';

/** The chosen backup's manifest, read again and its signature checked: what was chosen may have been removed since. */
export function chooseBackup(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['choose-backup']> {
  return {
    name: 'choose-backup',
    title: 'read the manifest of the chosen backup',
    timeoutMs: 60_000,
    attempts: 3,
    describe: ({ point }) => [`nothing; reads ${point.backupId} in ${point.store}`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params }) => {
      const { objects, completedAt } = await manifestComponent(tools, params);
      const { store, backupId, targetTime } = params.point;
      const sizeBytes = objects.reduce((sum, object) => sum + object.sizeBytes, 0);
      return { backupId, store, completedAt, sizeBytes, ...(targetTime === undefined ? {} : { targetTime }) };
    },
    verify: () => Promise.resolve(),
  };
}
