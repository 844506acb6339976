import type { siteRoles } from '@novacron/contracts';
import type { Lsn } from '@novacron/drivers';
import type { Loss } from '../replication/wal-samples.js';

export type SiteRole = (typeof siteRoles)[number];

/** A standby as the decision sees it. */
export interface StandbyView {
  readonly site: string;
  readonly reachable: boolean;
  readonly promotable: boolean;
  readonly inRecovery: boolean;
  /** Receives WAL from the lost site, and its position moved between two looks. */
  readonly dataFlowing: boolean;
  /** Commits of the lost primary waited for it to the end, as far as was seen: nothing acknowledged is missing on it. */
  readonly synchronous: boolean;
  /** What is lost with it, when it is not synchronous; absent: nobody knows. */
  readonly loss?: Loss;
  readonly position?: Lsn;
  /** Why it cannot be promoted although it answers, in words. */
  readonly problem?: string;
  readonly region?: string;
  readonly role?: SiteRole;
  readonly capacityPercent?: number;
  /** What policy asks of a target and it does not have, each in words that can stand after its name. */
  readonly short?: readonly string[];
  /** Higher is preferred among standbys that are equally far. */
  readonly priority?: number;
}
