import type { FailoverMode, FenceLevel } from '@novacron/contracts';

/** What a failover was started with; kept in its first journal record. */
export interface FailoverParams {
  readonly mode: FailoverMode;
  /** The site that holds the primary when the failover begins. */
  readonly from: string;
  /** The site to move to; absent: the best standby, by position. */
  readonly to?: string;
  readonly reason: string;
  readonly allowDataLoss: boolean;
  readonly fenceRequired: FenceLevel;
  /** The epoch that was current when the failover was decided: an estate that has moved since is not moved again. */
  readonly epoch: number;
  readonly epochRevision: number;
  /** RFC 3339: when the decision was made; durations count from here. */
  readonly decidedAt: string;
}
