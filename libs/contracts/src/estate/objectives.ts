import { Count, Flag, ListOf, Name, Names, Nested, NonEmptyText, OneOf, Text } from '../messages/fields.js';
import { Duration, Maybe } from './fields.js';

export class Objective {
  @Duration() rpo!: string;
  @Duration() rto!: string;
  @Maybe() @Text(200) reviewed?: string;
}

/** How much the product may do by itself for a tier: act, ask, or only report. */
export const automationLevels = ['full', 'partial', 'minimal'] as const;
export type AutomationLevel = (typeof automationLevels)[number];

export class Tier {
  @Count() tier!: number;
  @NonEmptyText(100) name!: string;
  @Names() services!: string[];
  @Duration() rpo!: string;
  @Duration() rto!: string;
  /** `continuous`, or how often, such as `15m`. */
  @NonEmptyText(40) backup!: string;
  @OneOf(['synchronous', 'asynchronous', 'scheduled']) replication!: 'synchronous' | 'asynchronous' | 'scheduled';
  @OneOf(automationLevels) automation!: AutomationLevel;
  @OneOf(['automated', 'semi-automated', 'manual']) validation!: 'automated' | 'semi-automated' | 'manual';
}

/** How long a kind of disaster is expected to take, part by part. */
export class RecoveryEstimate {
  @Name() scenario!: string;
  @Duration() detection!: string;
  @Duration() decision!: string;
  @Duration() execution!: string;
  @Duration() validation!: string;
  @Duration() total!: string;
}

export class Objectives {
  @Nested(() => Objective) overall!: Objective;
  @ListOf(() => Tier) tiers!: Tier[];
  @Maybe() @ListOf(() => RecoveryEstimate) estimates?: RecoveryEstimate[];
}

export const siteRoles = ['production', 'hot-standby', 'warm-standby', 'cold-standby', 'archive'] as const;

export class Site {
  @Name() name!: string;
  @OneOf(siteRoles) role!: (typeof siteRoles)[number];
  @Maybe() @Text(60) region?: string;
  @Maybe() @Text(40) capacity?: string;
  @Maybe() @Text(40) network?: string;
  @Maybe() @Text(40) status?: string;
}

/** A business service: what is promised for it hangs on its tier. */
export class Service {
  @Name() name!: string;
  @Maybe() @Text(300) description?: string;
  @Maybe() @Names() dependsOn?: string[];
  @Maybe() @Flag() public?: boolean;
}
