import type { AffectedTier, DecisionEvidence, FailoverMode, FenceLevel } from '@novacron/contracts';
import type { Lineage } from '../domain/replication/lineage.js';
import type { Loss } from '../domain/replication/wal-samples.js';

/** What a failover was started with; kept in its first journal record. */
export interface FailoverParams {
  readonly mode: FailoverMode;
  /** Of the estate file by which it was begun; absent in operations of a program before this was kept. */
  readonly estateHash?: string;
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
  /** Who asked for it; absent where the service decided. */
  readonly by?: string;
  /** A human goes on although the fence does not suffice. */
  readonly fenceRiskAccepted?: boolean;
  /** What must be agreed to before anything is touched, and by how many besides who asked. */
  readonly approval?: { readonly reason: string; readonly approvals: number };
  /** By database: the standbys whose confirmation commits waited for, as far as was seen. Absent in planned moves: as the estate says. */
  readonly synchronousStandbys?: Readonly<Record<string, readonly string[]>>;
  /** By database: the system that the lost primary was of, its line of timelines and how far it was; absent where nobody saw it. */
  readonly lineage?: Readonly<Record<string, Lineage>>;
  /** The sites with which no more is lost than was decided, or agreed to. Absent: nobody weighed it. */
  readonly acceptableTargets?: readonly string[];
  /** The verdict it follows from. */
  readonly verdict?: {
    readonly confidence: number;
    readonly rule?: string;
    readonly targetSite?: string;
    readonly tiers: readonly AffectedTier[];
    /** What it rests on; absent in operations of a program before this was kept. */
    readonly evidence?: readonly DecisionEvidence[];
  };
  /** What was expected to be lost, when it was decided. */
  readonly estimatedLoss?: Loss;
  /** RFC 3339: the first failure seen, and the loss established by quorum. */
  readonly failingSince?: string;
  readonly detectedAt?: string;
}
