import { Count, Flag, Fraction, ListOf, Name, Names, Nested, NonEmptyText, OneOf, Text } from '../messages/fields.js';
import { AllowList, CommandSecret, Webhook } from './actions.js';
import { Check } from './checks.js';
import { SmokeTest, TargetRequirements } from './failover-checks.js';
import { CommandLine, Duration, Maybe, Port, Secret, type SecretRef } from './fields.js';

export class Vantage {
  @Name() name!: string;
  @Maybe() @Text(60) region?: string;
  /** The site it stands at: what it cannot reach from there, the site cannot. Needed by checks of kind partition. */
  @Maybe() @Name() site?: string;
  /** Something that is always there, by a path of the vantage's own: when it cannot be reached, the vantage is blind. */
  @Maybe() @NonEmptyText(255) witnessHost?: string;
  @Maybe() @Port() witnessPort?: number;
}

/** So many failures among so many looks, in any order: what comes and goes never fails three times in a row. */
export class FailureWindow {
  @Count() failures!: number;
  @Count() of!: number;
}

/** A site whose news come so often is flapping: that is told once, and its state is held until it has settled. */
export class FlappingRule {
  /** News of one site, `HealthDegraded` and `HealthRecovered`. */
  @Count() news!: number;
  @Duration() within!: string;
  /** How long nothing must change for the hold to end. */
  @Duration() settle!: string;
}

export class HealthRules {
  /** Failures in a row, per vantage, before a check counts as failed. */
  @Count() failures!: number;
  /** Counts as failed too, where given. */
  @Maybe() @Nested(() => FailureWindow) window?: FailureWindow;
  /** Successes in a row before it counts as well again. */
  @Count() recoveries!: number;
  /** Roles that must all have failed for a site to be lost. */
  @Names() siteLostWhen!: string[];
  /** Six pieces of news within ten minutes, settled after five quiet ones, unless given. */
  @Maybe() @Nested(() => FlappingRule) flapping?: FlappingRule;
}

export class Health {
  @Duration() interval!: string;
  /** Below the interval: a check is never begun while its last look goes on. */
  @Duration() timeout!: string;
  /** After a first failure the check is repeated at this pace. */
  @Maybe() @Duration() fastInterval?: string;
  /** A good answer that takes longer is degraded; 5 s unless given. */
  @Maybe() @Duration() slowAfter?: string;
  @ListOf(() => Vantage) vantages!: Vantage[];
  @ListOf(() => Check) checks!: Check[];
  @Nested(() => HealthRules) rules!: HealthRules;
}

export const failoverConditions = [
  'database-down',
  'api-down',
  'workers-down',
  'network-partition',
  'slow-response',
  'corruption-suspected',
  'ransomware-suspected',
] as const;
export type FailoverCondition = (typeof failoverConditions)[number];

/** One row of the decision table: when all its conditions hold, this is how sure we are, and why. */
export class FailoverRule {
  @Name() name!: string;
  @OneOfEach() when!: FailoverCondition[];
  @Fraction() confidence!: number;
  @NonEmptyText(300) reason!: string;
}

function OneOfEach(): PropertyDecorator {
  return Names();
}

/** The right to take writes, which a guard beside each database of a site keeps by renewing it, and without which it closes the database (L0). */
export class WriteLease {
  /** How long a renewal lasts: from 3 s to 5 minutes. For so long, and a margin, an unplanned move waits where nothing surer was reached. */
  @Duration() ttl!: string;
  /** So long before its end the guard closes the database, and so long after it a failover still waits: at least 500 ms; a fifth of `ttl` when absent. */
  @Maybe() @Duration() margin?: string;
}

/** How a site is kept from taking writes: a lease, and a power switch by commands or by a webhook. */
export class SiteFence {
  @Name() site!: string;
  /** L0: every machine of the site that has a member of a database runs the write guard. */
  @Maybe() @Nested(() => WriteLease) lease?: WriteLease;
  /** L3: a path independent of the site's network. */
  @Maybe() @CommandLine() powerOff?: string[];
  /** Exit code 0: on; 3: off, read back from the same independent path. */
  @Maybe() @CommandLine() powerStatus?: string[];
  /** In place of both commands: told `power-off` and `power-status`. */
  @Maybe() @Nested(() => Webhook) webhook?: Webhook;
  @Maybe() @ListOf(() => CommandSecret, 100) secrets?: CommandSecret[];
}

/**
 * How the applications of a site are told whether they serve, by commands (with `DR_MODE` active or standby in their environment)
 * or by a webhook. Either takes effect before it ends.
 */
export class SiteApplications {
  @Name() site!: string;
  @Maybe() @CommandLine() activate?: string[];
  @Maybe() @CommandLine() deactivate?: string[];
  /** In place of both commands: told `mode` active or standby. */
  @Maybe() @Nested(() => Webhook) webhook?: Webhook;
  /** How long one command may take; 15 s unless said. */
  @Maybe() @Duration() timeout?: string;
  @Maybe() @ListOf(() => CommandSecret, 100) secrets?: CommandSecret[];
}

export class Failover {
  /** The order in which sites take over. */
  @Names() order!: string[];
  /** Acted on above this confidence. */
  @Fraction() threshold!: number;
  @ListOf(() => FailoverRule) rules!: FailoverRule[];
  /** How long a loss must last before it is acted on. */
  @Duration() dwell!: string;
  /** The same where the target lies in another region, which costs more to undo; three times `dwell` when absent. */
  @Maybe() @Duration() dwellAcrossRegions?: string;
  @OneOf(['full', 'partial', 'minimal']) automation!: 'full' | 'partial' | 'minimal';
  /** The fence level that suffices for acting without a human. */
  @OneOf(['L0', 'L1', 'L2', 'L3']) fenceRequired!: 'L0' | 'L1' | 'L2' | 'L3';
  @ListOf(() => SiteFence) fences!: SiteFence[];
  @Maybe() @ListOf(() => SiteApplications) applications?: SiteApplications[];
  /** Absent: whatever this file names may be run and called. */
  @Maybe() @Nested(() => AllowList) allow?: AllowList;
  @Maybe() @Duration() promoteTimeout?: string;
  /**
   * What the hand-over of a planned move is signed with: 32 bytes, as 64 hexadecimal digits or as base64. Absent: a key derived from
   * `repository.encryption.current`, which the failover service must then be able to read.
   */
  @Maybe() @Secret() handoverKey?: SecretRef;
  /** How many different persons must agree where a human is asked, whoever started it included; 1 when absent. */
  @Maybe() @Count() approvals?: number;
  /** How long an answer is waited for before it is asked again; 15 minutes when absent. */
  @Maybe() @Duration() approvalExpiry?: string;
  /** Nothing is moved without a human, as long as this stands in the file. */
  @Maybe() @Flag() paused?: boolean;
  /** What a site must have to take over; its defaults hold when absent. */
  @Maybe() @Nested(() => TargetRequirements) target?: TargetRequirements;
  /** What must work on the new site, before or after its first write. */
  @Maybe() @ListOf(() => SmokeTest, 100) smokeTests?: SmokeTest[];
  /** A site with less capacity than this, in percent, takes over only when a human agrees. */
  @Maybe() @Count() minimumCapacityPercent?: number;
  /**
   * How long a lost synchronous standby may hold the primary's commits. Then they go on without it, which is announced and
   * remembered: a later failover knows that it may lose rows. Absent: commits are held until it is back.
   */
  @Maybe() @Duration() degradeSynchronousAfter?: string;
}

export class RestorationPhasePlan {
  @Name() phase!: string;
  @Duration() planned!: string;
  @Names() tasks!: string[];
}

/** How a database follows the changes of the DR period over logical replication, and when it has caught up. */
export class LogicalSynchronization {
  @NonEmptyText(63) publication!: string;
  @NonEmptyText(63) slot!: string;
  @NonEmptyText(63) subscription!: string;
  @NonEmptyText(63) plugin!: string;
  /** Caught up below this many bytes. */
  @Count() lagBelowBytes!: number;
}

export class RestorationSettings {
  @Maybe() @ListOf(() => RestorationPhasePlan) phases?: RestorationPhasePlan[];
  @Duration() watch!: string;
  @Duration() watchEvery!: string;
  @Maybe() @Fraction() maxErrorRate?: number;
  @Maybe() @Duration() maxMeanResponse?: string;
  @Maybe() @Nested(() => LogicalSynchronization) synchronization?: LogicalSynchronization;
}
