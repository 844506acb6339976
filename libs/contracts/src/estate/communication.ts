import { Count, Flag, ListOf, Name, Names, Nested, NonEmptyText, OneOf, Text } from '../messages/fields.js';
import { Duration, Maybe, Port, Secret, type SecretRef, Url } from './fields.js';

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
  @Maybe() @NonEmptyText(320) from?: string;
  @Maybe() @Flag() startTls?: boolean;
  @Maybe() @NonEmptyText(200) user?: string;
  @Maybe() @Secret() password?: SecretRef;
  /** Webhooks; the URL of some providers is itself a secret. */
  @Maybe() @Url() url?: string;
  @Maybe() @Secret() urlSecret?: SecretRef;
  @Maybe() @Secret() signingSecret?: SecretRef;
  @Maybe() @Name() fallback?: string;
  @Maybe() @Text(300) publicUrl?: string;
}

export class Contact {
  @Name() id!: string;
  @NonEmptyText(100) name!: string;
  @Maybe() @Text(100) role?: string;
  @Maybe() @Text(40) phone?: string;
  @Maybe() @Text(40) backupPhone?: string;
  @Maybe() @Text(320) email?: string;
}

export class Audience {
  @Name() name!: string;
  @NonEmptyText(100) title!: string;
  /** Told in this order, lowest first. */
  @Count() order!: number;
  @Names() contacts!: string[];
  @Names() channels!: string[];
  @Duration() updateEvery!: string;
  /** How long after the incident's start; cancelled when it is over before. */
  @Duration() startAfter!: string;
  @Maybe() @Duration() escalateAfter?: string;
  @Maybe() @Flag() customer?: boolean;
  @Maybe() @Count() tier?: number;
  @Maybe() @Text(60) language?: string;
}

export class TemplateText {
  @Name() name!: string;
  @NonEmptyText(300) subject!: string;
  @NonEmptyText(20_000) body!: string;
}

export class StatusPage {
  @NonEmptyText(200) title!: string;
  @Maybe() @NonEmptyText() publicUrl?: string;
  @Maybe() @NonEmptyText() folder?: string;
}

export class Communication {
  @ListOf(() => Audience) audiences!: Audience[];
  @ListOf(() => Channel) channels!: Channel[];
  @ListOf(() => TemplateText) templates!: TemplateText[];
  @Nested(() => StatusPage) statusPage!: StatusPage;
  @Maybe() @Text(40) hotline?: string;
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
