import type { Epochs } from '@novacron/bus';
import type { Runbook, Step } from '@novacron/operations';
import type { EstateWatch } from './adapters/estate-watch.js';
import type { FailoverClient } from './adapters/failover-client.js';
import type { HealthView } from './adapters/health-view.js';
import type { RestorationTargets } from './adapters/restoration-targets.js';
import { runbookNames } from './domain/operation-kinds.js';
import { assessDamage } from './steps/home/assess-damage.js';
import { evaluatePrimary } from './steps/home/evaluate-primary.js';
import { inventoryResources } from './steps/home/inventory-resources.js';
import { monitor } from './steps/home/monitor.js';
import { prepareDatabases } from './steps/home/prepare-databases.js';
import { protectCommits } from './steps/home/protect-commits.js';
import type { RestorationParams } from './steps/home/restoration-params.js';
import { reviewPerformance } from './steps/home/review-performance.js';
import { stopHome } from './steps/home/stop-home.js';
import { switchTraffic } from './steps/home/switch-traffic.js';
import { synchronizeCaches } from './steps/home/synchronize-caches.js';
import { synchronize } from './steps/home/synchronize.js';
import { testHealth } from './steps/home/test-health.js';
import { validateAccess } from './steps/home/validate-access.js';
import { validateIntegrations } from './steps/home/validate-integrations.js';
import { verifyIntegrity } from './steps/home/verify-integrity.js';
import { watched } from './steps/home/watched.js';
import { chooseBackup } from './steps/restore/choose-backup.js';
import { fetchBackup } from './steps/restore/fetch-backup.js';
import { fetchWal } from './steps/restore/fetch-wal.js';
import { loadCache } from './steps/restore/load-cache.js';
import { loadDump } from './steps/restore/load-dump.js';
import { markRestored } from './steps/restore/mark-restored.js';
import { recover } from './steps/restore/recover.js';
import { release } from './steps/restore/release.js';
import type { RestoreParams } from './steps/restore/restore-params.js';
import type { RestoreTools } from './steps/restore/restore-tools.js';
import { verify } from './steps/restore/verify.js';

/** The ways to restore one component aside: a database to a point, one of its dumps, a cache from its dump. */
export function restoreRunbooks(tools: RestoreTools): Runbook<RestoreParams>[] {
  return [
    {
      name: runbookNames.restore,
      version: '1',
      nodes: [
        chooseBackup(tools),
        { name: 'fetch', parallel: [fetchBackup(tools), fetchWal(tools)] },
        recover(tools),
        verify(tools),
        markRestored(tools),
        release(tools),
      ],
    },
    {
      name: runbookNames.restoreDump,
      version: '1',
      nodes: [chooseBackup(tools), fetchBackup(tools), loadDump(tools), markRestored(tools), release(tools)],
    },
    {
      name: runbookNames.restoreCache,
      version: '1',
      nodes: [chooseBackup(tools), fetchBackup(tools), loadCache(tools), markRestored(tools), release(tools)],
    },
  ];
}

export interface RestorationParts {
  readonly targets: RestorationTargets;
  readonly epochs: Pick<Epochs, 'current'>;
  readonly watch: EstateWatch;
  readonly failover: FailoverClient;
  readonly health: HealthView;
  /** Folder for what the operation notes on its way, absolute. */
  readonly workFolder: string;
}

/** Bringing service home, in the order of its five phases. One at a time in the whole estate. */
export function restorationRunbook(parts: RestorationParts): Runbook<RestorationParams> {
  const { targets, epochs, watch, failover, health, workFolder } = parts;
  const before = <C, R>(step: Step<RestorationParams, C, R>) => watched(step, watch, { beforeSwitch: true });
  const after = <C, R>(step: Step<RestorationParams, C, R>) => watched(step, watch, { beforeSwitch: false });
  return {
    name: runbookNames.restoration,
    version: '1',
    exclusive: 'restoration',
    nodes: [
      before(evaluatePrimary(targets)),
      {
        name: 'assessment',
        parallel: [
          before(assessDamage(targets)),
          before(inventoryResources(targets)),
          before(reviewPerformance(targets)),
        ],
      },
      before(stopHome(targets)),
      before(prepareDatabases(targets)),
      {
        name: 'synchronization',
        parallel: [before(synchronize(targets, workFolder)), before(synchronizeCaches(targets))],
      },
      before(verifyIntegrity(targets)),
      before(protectCommits(targets, { watch, failover })),
      before(testHealth(targets, health)),
      before(validateIntegrations(targets)),
      after(switchTraffic(failover, watch, epochs)),
      after(monitor(targets, watch, health)),
      after(validateAccess(targets)),
    ],
  };
}
