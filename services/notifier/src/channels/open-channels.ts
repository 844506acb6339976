import {
  type Channel as ChannelPlan,
  type ChannelKind,
  type Contact,
  DrError,
  durationMs,
  type Estate,
  type ProblemDetail,
  type SecretRef,
} from '@novacron/contracts';
import { AccountManagerChannel } from './account-manager/account-manager-channel.js';
import type { Channel } from './channel.js';
import { isMailAddress } from './email/mail.js';
import { EmailChannel } from './email/email-channel.js';
import { PagerDutyChannel } from './pagerduty/pagerduty-channel.js';
import { SlackChannel } from './slack/slack-channel.js';
import { StatusPageChannel } from './status-page/status-page-channel.js';
import { TeamsChannel } from './teams/teams-channel.js';
import { phoneNumber } from './twilio/twilio-api.js';
import { TwilioChannel } from './twilio/twilio-channel.js';
import { WebhookChannel } from './webhook/webhook-channel.js';

export interface OpeningSettings {
  readonly secret: (reference: SecretRef) => Promise<string>;
  readonly nowMs: () => number;
  /** Something on the status page changed. */
  readonly onPageChange: () => void;
}

/**
 * The estate's channels as adapters.
 * @throws DrError INVALID_ESTATE with every contact that cannot be reached on a channel of its audience.
 */
export function openChannels(estate: Estate, settings: OpeningSettings): ReadonlyMap<string, Channel> {
  const details = channelProblems(estate);
  if (details.length > 0) throw new DrError('INVALID_ESTATE', 'contacts or channels cannot be used', { details });
  const contacts = new Map<string, Contact>(estate.contacts.map((contact) => [contact.id, contact]));
  const channels = new Map<string, Channel>();
  for (const plan of estate.communication.channels) {
    if (plan.kind !== 'account-manager') channels.set(plan.name, openChannel(plan, settings));
  }
  for (const { name, kind, via } of estate.communication.channels) {
    const carrier = via === undefined ? undefined : channels.get(via);
    if (kind !== 'account-manager' || carrier === undefined) continue;
    channels.set(name, new AccountManagerChannel(name, carrier, (id) => contacts.get(id)));
  }
  return channels;
}

function openChannel(plan: ChannelPlan, { secret, nowMs, onPageChange }: OpeningSettings): Channel {
  const { name, kind, url, urlSecret, user, password, signingSecret, token, room, account, callbackUrl } = plan;
  const timeoutMs = durationMs(plan.timeout ?? '10s');
  const read = (reference: SecretRef | undefined) => (): Promise<string> =>
    reference === undefined ? Promise.resolve('') : secret(reference);
  const target = (): Promise<string> => (urlSecret === undefined ? Promise.resolve(url ?? '') : secret(urlSecret));
  switch (kind) {
    case 'email':
      return new EmailChannel({
        name,
        host: plan.host ?? '',
        port: plan.port ?? 0,
        from: plan.from ?? '',
        startTls: plan.startTls === true,
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password: read(password) }),
        ...(plan.timeout === undefined ? {} : { timeouts: { silenceMs: timeoutMs } }),
      });
    case 'webhook':
      return new WebhookChannel({
        name,
        url: target,
        timeoutMs,
        nowMs,
        ...(signingSecret === undefined ? {} : { signingSecret: read(signingSecret) }),
      });
    case 'slack':
      return new SlackChannel({
        name,
        timeoutMs,
        nowMs,
        ...(token === undefined
          ? { webhookUrl: target }
          : { bot: { token: read(token), room: room ?? '', ...(url === undefined ? {} : { apiUrl: url }) } }),
      });
    case 'teams':
      return new TeamsChannel({ name, url: target, timeoutMs, nowMs });
    case 'pagerduty':
      return new PagerDutyChannel({
        name,
        routingKey: read(token),
        timeoutMs,
        nowMs,
        ...(url === undefined ? {} : { url }),
      });
    case 'phone':
    case 'sms':
      return new TwilioChannel({
        name,
        kind,
        account: account ?? '',
        token: read(token),
        from: phoneNumber(plan.from) ?? plan.from ?? '',
        apiUrl: (url ?? 'https://api.twilio.com').replace(/\/$/u, ''),
        timeoutMs,
        nowMs,
        ...(callbackUrl === undefined ? {} : { callbackUrl: callbackUrl.replace(/\/$/u, '') }),
      });
    case 'status-page':
      return new StatusPageChannel(name, onPageChange);
    case 'account-manager':
      throw new DrError('INTERNAL', 'an account manager is told over another channel');
  }
}

/** What the estate's own check cannot know: what each kind of channel needs of those it must reach. */
export function channelProblems(estate: Estate): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  const { channels } = estate.communication;
  channels.forEach((channel, index) => {
    const path = `communication.channels[${index}]`;
    if ((channel.kind === 'phone' || channel.kind === 'sms') && phoneNumber(channel.from) === undefined) {
      problems.push({ path: `${path}.from`, problem: 'must be a phone number such as +15550100' });
    }
    if (channel.kind !== 'email') return;
    if (!isMailAddress(channel.from ?? '')) problems.push({ path: `${path}.from`, problem: 'must be a mail address' });
    const encrypted = channel.startTls === true || channel.port === 465;
    if (channel.password !== undefined && !encrypted) {
      problems.push({
        path: `${path}.startTls`,
        problem: 'must be true where there is a password: it would be readable',
      });
    }
  });
  const people = new Map(estate.contacts.map((contact, index) => [contact.id, { contact, index }]));
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const asked = new Set<string>();
  for (const audience of estate.communication.audiences) {
    for (const channel of audience.channels) {
      for (const id of audience.contacts) {
        const found = people.get(id);
        if (found === undefined || asked.has(`${id}/${channel}`)) continue;
        asked.add(`${id}/${channel}`);
        const missing = unreachable(found.contact, channel, byName);
        if (missing === undefined) continue;
        const { field, problem } = missing;
        problems.push({
          path: `contacts[${found.index}].${field}`,
          problem: `${problem}: ${id} is told over ${channel}`,
        });
      }
    }
  }
  return problems;
}

const needed: Partial<
  Record<ChannelKind, { field: keyof Contact; problem: string; has: (contact: Contact) => boolean }>
> = {
  email: { field: 'email', problem: 'must be a mail address', has: ({ email }) => isMailAddress(email ?? '') },
  phone: { field: 'phone', problem: 'must be a phone number', has: hasPhone },
  sms: { field: 'phone', problem: 'must be a phone number', has: hasPhone },
  'account-manager': {
    field: 'accountManager',
    problem: 'must name a contact',
    has: ({ accountManager }) => accountManager !== undefined,
  },
};

function hasPhone({ phone, backupPhone }: Contact): boolean {
  return phoneNumber(phone ?? backupPhone) !== undefined;
}

/** What a contact lacks to be reached over a channel, or over what it falls back to. */
function unreachable(
  contact: Contact,
  channel: string,
  channels: ReadonlyMap<string, ChannelPlan>,
): { field: keyof Contact; problem: string } | undefined {
  const plan = channels.get(channel);
  const need = plan === undefined ? undefined : needed[plan.kind];
  if (plan === undefined || need === undefined || need.has(contact)) return undefined;
  if (plan.fallback === undefined) return need;
  return unreachable(contact, plan.fallback, channels) === undefined ? undefined : need;
}
