import type { AutomationLevel, FailoverCondition, FailoverRule } from '@novacron/contracts';
import type { AffectedTier } from './affected-tiers.js';
import type { StandbyView } from './standby-view.js';

/** Everything a verdict rests on. Times in milliseconds of the epoch, by the decider's clock. */
export interface DecisionInput {
  readonly nowMs: number;
  readonly site: string;
  readonly region?: string;
  /** The site that the epoch record says may be written to; undefined when no epoch is known. */
  readonly activeSite: string | undefined;
  /** How many vantages could see anything of the site, of how many. */
  readonly sight: { readonly seeing: number; readonly total: number };
  /** How old the evidence is; undefined when nobody could be asked for any. */
  readonly evidenceAgeMs: number | undefined;
  readonly maxEvidenceAgeMs: number;
  readonly conditions: ReadonlySet<FailoverCondition>;
  readonly rules: readonly FailoverRule[];
  readonly threshold: number;
  /** Since when a rule has been sure enough to act, without a break. */
  readonly sureSinceMs: number;
  readonly dwell: { readonly inRegionMs: number; readonly acrossRegionsMs: number };
  readonly tiers: readonly AffectedTier[];
  readonly automation: AutomationLevel;
  readonly standbys: readonly StandbyView[];
  /** The sites in the order in which they take over. */
  readonly order: readonly string[];
  readonly minimumCapacityPercent?: number;
  /** A target that is short of something takes over only when a human agrees. */
  readonly asksWhenShort?: boolean;
  /** The lost site's database answers us as a writable primary. */
  readonly primaryAnswers: boolean;
  /** Service was moved here, and no standby has followed since. */
  readonly unprotectedSince?: { readonly operationId: string; readonly at: string };
  readonly pause?: { readonly owner: string; readonly reason: string; readonly until: string };
  readonly runningOperation?: string;
  /** A human said no to moving away from this loss. */
  readonly declined?: { readonly by: string; readonly reason: string };
  /** Moving away from this loss was tried, and undone. */
  readonly undone?: { readonly operationId: string; readonly reason: string };
}
