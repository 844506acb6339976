import type { PostgresMember } from '@novacron/drivers';
import type { StepContext } from '@novacron/operations';
import { type FailoverTargets, memberOn } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

/** Every database's server on the site that takes over, in the order of the estate. */
export function targetMembers(targets: FailoverTargets, context: StepContext<FailoverParams>): PostgresMember[] {
  return targets.databases.map((database) => memberOn(database, targetOf(context)));
}
