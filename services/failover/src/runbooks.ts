import type { Epochs } from '@novacron/bus';
import { durationMs } from '@novacron/contracts';
import type { Runbook } from '@novacron/operations';
import { runbookOf } from './domain/move-runbooks.js';
import { advanceEpoch } from './steps/advance-epoch.js';
import { askFirst } from './steps/ask-first.js';
import { awaitHandover } from './steps/await-handover.js';
import { checkpointOld } from './steps/checkpoint-old.js';
import { checkpointTarget } from './steps/checkpoint.js';
import { chooseStandbyStep } from './steps/choose-standby.js';
import { closeTarget } from './steps/close-target.js';
import { confirmFence } from './steps/confirm-fence.js';
import type { Fencing } from './steps/end-lease.js';
import type { FailoverParams } from './steps/failover-params.js';
import { fenceCommits } from './steps/fence-commits.js';
import { fencePower } from './steps/fence-power.js';
import { fenceRoute } from './steps/fence-route.js';
import { type AskVantages, hearVantages } from './steps/hear-vantages.js';
import { lookAgain } from './steps/look-again.js';
import { measureLoss } from './steps/measure-loss.js';
import { openWrites } from './steps/open-writes.js';
import { prepareTarget } from './steps/prepare-target.js';
import { promote } from './steps/promote.js';
import { proveTarget } from './steps/prove-target.js';
import { rejoinOld } from './steps/rejoin-old.js';
import { repointStandbys } from './steps/repoint-standbys.js';
import { stopOld } from './steps/stop-old.js';
import { switchApplications } from './steps/switch-applications.js';
import { switchCaches } from './steps/switch-caches.js';
import { switchDns } from './steps/switch-dns.js';
import { switchEndpoints } from './steps/switch-endpoints.js';
import { switchRoute } from './steps/switch-route.js';
import { validate } from './steps/validate.js';

/** The built-in runbooks. One failover or switchover at a time in the whole estate. */
export function failoverRunbooks(
  fencing: Fencing,
  epochs: Epochs,
  askVantages: AskVantages,
): Runbook<FailoverParams>[] {
  const { targets, memory } = fencing;
  const promoteTimeoutMs = durationMs(targets.estate.failover.promoteTimeout ?? '5m');
  const switchTraffic = {
    name: 'switch',
    parallel: [
      ...[switchRoute(targets), switchDns(targets), switchCaches(targets), switchEndpoints(targets)],
      switchApplications(targets),
    ],
  };
  const leaveOld = { ...switchTraffic, parallel: [...switchTraffic.parallel, fencePower(fencing)] };
  const protect = [repointStandbys(targets), checkpointTarget(targets), hearVantages(targets, askVantages)];
  const proven = [proveTarget(targets, memory), openWrites(targets)];
  return [
    {
      name: runbookOf.unplanned,
      version: '5',
      exclusive: 'failover',
      nodes: [
        askFirst(targets.estate),
        {
          name: 'fence',
          parallel: [
            prepareTarget(targets, memory),
            lookAgain(targets, memory),
            // Undone in reverse: routes are not kept waiting by a standby that does not answer.
            fenceCommits(targets),
            fenceRoute(targets),
          ],
        },
        { name: 'weigh', parallel: [confirmFence(fencing), chooseStandbyStep(targets)] },
        {
          name: 'commit',
          parallel: [advanceEpoch(epochs), measureLoss(targets, memory), closeTarget(targets, epochs)],
        },
        promote(targets, promoteTimeoutMs),
        // Opened before anything is switched: customers wait, and a name server that fails must not keep them from the data.
        ...proven,
        leaveOld,
        validate(targets),
        { name: 'protect', parallel: protect },
      ],
    },
    {
      name: runbookOf.planned,
      version: '6',
      exclusive: 'failover',
      nodes: [
        askFirst(targets.estate),
        prepareTarget(targets, memory),
        // While customers still write: both would keep them waiting later.
        { name: 'make-ready', parallel: [checkpointOld(targets), closeTarget(targets, epochs)] },
        fenceRoute(targets),
        stopOld(targets),
        awaitHandover(targets),
        advanceEpoch(epochs),
        // Switched before it is opened, and while it is promoted: whatever does not work is undone, and the old primary has lost
        // nothing. Undone in reverse, nobody is led to a primary that is being closed.
        { ...switchTraffic, parallel: [promote(targets, promoteTimeoutMs), ...switchTraffic.parallel] },
        ...proven,
        validate(targets),
        rejoinOld(targets),
        { name: 'protect', parallel: protect },
      ],
    },
  ];
}
