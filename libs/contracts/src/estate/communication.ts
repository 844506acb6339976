import {
  Amount,
  Count,
  Flag,
  ListOf,
  Name,
  Names,
  Nested,
  NonEmptyText,
  OneOf,
  Text,
  Time,
} from '../messages/fields.js';
import { Duration, Maybe, Port, Secret, type SecretRef, Url } from './fields.js';
import { StatusPage } from './status-page.js';

export const channelKinds = [
  'email',
  'webhook',
  'slack',
  'pagerduty',
  'phone',
  'sms',
  'teams',
  'status-page',
  'account-manager',
] as const;
export type ChannelKind = (typeof channelKinds)[number];

export class Channel {
  @Name() name!: string;
  @OneOf(channelKinds) kind!: ChannelKind;
  /** SMTP. */
  @Maybe() @NonEmptyText(255) host?: string;
  @Maybe() @Port() port?: number;
  /** The sender: a mail address, or a phone number for phone and sms. */
  @Maybe() @NonEmptyText(320) from?: string;
  @Maybe() @Flag() startTls?: boolean;
  @Maybe() @NonEmptyText(200) user?: string;
  @Maybe() @Secret() password?: SecretRef;
  /** Webhooks; the URL of some providers is itself a secret. For providers with an API: its base, when it is not their usual one. */
  @Maybe() @Url() url?: string;
  @Maybe() @Secret() urlSecret?: SecretRef;
  /** Signs what we send (webhook), or proves what the provider sends us (pagerduty, slack). */
  @Maybe() @Secret() signingSecret?: SecretRef;
  /** pagerduty: the integration's routing key. slack: the bot's token. phone and sms: the account's auth token. */
  @Maybe() @Secret() token?: SecretRef;
  /** phone and sms: the account's id. */
  @Maybe() @NonEmptyText(100) account?: string;
  /** slack with a token: the conversation to write to. */
  @Maybe() @NonEmptyText(100) room?: string;
  /** Where the provider reaches this notifier from outside, such as https://dr.example.org: callbacks and keypresses. */
  @Maybe() @Url() callbackUrl?: string;
  /** account-manager: the channel over which account managers are told. */
  @Maybe() @Name() via?: string;
  @Maybe() @Name() fallback?: string;
  /** How long a message may try this channel before it goes over the fallback (default 2m). */
  @Maybe() @Duration() fallbackAfter?: string;
  /** Messages a second that the provider allows; each kind has a default. */
  @Maybe() @Amount() ratePerSecond?: number;
  /** Messages under way at once (default 16). */
  @Maybe() @Count() concurrency?: number;
  /** How long one attempt may take (default 10s). */
  @Maybe() @Duration() timeout?: string;
  @Maybe() @Text(300) publicUrl?: string;
}

export class Contact {
  @Name() id!: string;
  @NonEmptyText(100) name!: string;
  @Maybe() @Text(100) role?: string;
  @Maybe() @Text(40) phone?: string;
  @Maybe() @Text(40) backupPhone?: string;
  @Maybe() @Text(320) email?: string;
  /** The contact who calls this customer, for channels of kind account-manager. */
  @Maybe() @Name() accountManager?: string;
}

export class RotationOverride {
  @Name() contact!: string;
  @Time() from!: string;
  @Time() until!: string;
}

/** Who is on call: the contacts take turns, one shift each, from `start` on. */
export class Rotation {
  @Name() name!: string;
  @Names() contacts!: string[];
  @Time() start!: string;
  @Duration() shift!: string;
  @Maybe() @ListOf(() => RotationOverride) overrides?: RotationOverride[];
}

/** One level of an escalation chain. */
export class EscalationLevel {
  /** Since the level before it (the first: since the audience was told), while nobody acknowledges. */
  @Duration() after!: string;
  @Maybe() @Names() contacts?: string[];
  /** Rotations: whoever is on call then. */
  @Maybe() @Names() onCall?: string[];
  /** The audience's own channels when absent. */
  @Maybe() @Names() channels?: string[];
}

/** Text that a human must release before this audience reads it. */
export class TextApproval {
  /** Released by itself after this time; never when absent. */
  @Maybe() @Duration() releaseAfter?: string;
}

export class Audience {
  @Name() name!: string;
  @NonEmptyText(100) title!: string;
  /** Told in this order, lowest first. */
  @Count() order!: number;
  @Names(20_000) contacts!: string[];
  /** Rotations whose person on call is told as well. */
  @Maybe() @Names() onCall?: string[];
  @Names() channels!: string[];
  @Duration() updateEvery!: string;
  /** How long after the incident's start; cancelled when it is over before. */
  @Duration() startAfter!: string;
  /** Told again over all channels and their fallbacks when nobody acknowledges; `escalation` says it in more detail. */
  @Maybe() @Duration() escalateAfter?: string;
  @Maybe() @ListOf(() => EscalationLevel, 20) escalation?: EscalationLevel[];
  /** How often the chain begins anew when its end is reached without an acknowledgement (default 0). */
  @Maybe() @Count() repeatEscalation?: number;
  /** An acknowledgement counts this long without another sign of life (default 30m). */
  @Maybe() @Duration() acknowledgeFor?: string;
  @Maybe() @Nested(() => TextApproval) approval?: TextApproval;
  @Maybe() @Flag() customer?: boolean;
  @Maybe() @Count() tier?: number;
  @Maybe() @Text(60) language?: string;
}

export class TemplateText {
  @Name() name!: string;
  /** Only for this channel (its name or kind), before one without. */
  @Maybe() @Name() channel?: string;
  /** Only for audiences of this language, before one without. */
  @Maybe() @Text(60) language?: string;
  @NonEmptyText(300) subject!: string;
  @NonEmptyText(20_000) body!: string;
}

/** Bounds on what a storm of events may send. */
export class StormLimits {
  /**
   * Messages to an audience in `per`; what is more is counted, and told as one (default 20 in 15m). Outages, and calls for a duty, are
   * counted apart, so that no flood of lesser things drowns them.
   */
  @Maybe() @Count() messages?: number;
  @Maybe() @Duration() per?: string;
  /**
   * How long what does not stop the service — a degradation, a lost standby — must last before it is told (default 30s), so that what
   * belongs together is one message, and what is over by then none.
   */
  @Maybe() @Duration() gather?: string;
  /** How long all must be well before a degradation counts as over (default 2m): flapping is one incident. */
  @Maybe() @Duration() calm?: string;
}

/** A place outside that notices when this notifier falls silent. */
export class DeadManSwitch {
  @Maybe() @Url() url?: string;
  @Maybe() @Secret() urlSecret?: SecretRef;
  /** Default 1m. */
  @Maybe() @Duration() every?: string;
}

export class Communication {
  @ListOf(() => Audience) audiences!: Audience[];
  @ListOf(() => Channel) channels!: Channel[];
  @ListOf(() => TemplateText) templates!: TemplateText[];
  @Nested(() => StatusPage) statusPage!: StatusPage;
  @Maybe() @Text(40) hotline?: string;
  @Maybe() @ListOf(() => Rotation) rotations?: Rotation[];
  /** The audience that is called for our own duties: an overdue update, a text that waits for approval. */
  @Maybe() @Name() owner?: string;
  /** How late a promised update may be before it is overdue (default 1m). */
  @Maybe() @Duration() updateGrace?: string;
  @Maybe() @Nested(() => StormLimits) storm?: StormLimits;
  @Maybe() @Nested(() => DeadManSwitch) deadManSwitch?: DeadManSwitch;
}

export class DrillPlan {
  @Name() name!: string;
  @OneOf(['tabletop', 'partial', 'full']) type!: 'tabletop' | 'partial' | 'full';
  /** Cron, UTC. */
  @NonEmptyText(100) cron!: string;
  @NonEmptyText(300) title!: string;
  @Maybe() @Names() scenarios?: string[];
}

export class RunbookSettings {
  @Name() scenario!: string;
  @Maybe() @NonEmptyText(300) title?: string;
  /** Names of built-in steps, in order; the built-in runbook of the scenario when absent. */
  @Maybe() @Names() steps?: string[];
  /** What people and their tools do, in order, where no built-in step does it. */
  @Maybe() @Names() tasks?: string[];
}
