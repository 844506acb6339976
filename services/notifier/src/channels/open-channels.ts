import {
  type Channel as ChannelPlan,
  DrError,
  type Estate,
  type ProblemDetail,
  type SecretRef,
} from '@novacron/contracts';
import type { Channel } from './channel.js';
import { isMailAddress } from './email/mail.js';
import { EmailChannel } from './email/email-channel.js';
import { WebhookChannel } from './webhook/webhook-channel.js';

export interface OpenedChannels {
  readonly channels: ReadonlyMap<string, Channel>;
  /** What an audience is promised and this build cannot do: `<audience> over <channel> (<kind>)`. */
  readonly unserved: readonly string[];
}

/**
 * The estate's channels as adapters. A channel of a kind without an adapter is named, not guessed at.
 * @throws DrError INVALID_ESTATE with every contact that cannot be reached on a channel of its audience.
 */
export function openChannels(estate: Estate, secret: (reference: SecretRef) => Promise<string>): OpenedChannels {
  const details = channelProblems(estate);
  if (details.length > 0) throw new DrError('INVALID_ESTATE', 'contacts or channels cannot be used', { details });
  const channels = new Map<string, Channel>();
  for (const plan of estate.communication.channels) {
    const channel = openChannel(plan, secret);
    if (channel !== undefined) channels.set(plan.name, channel);
  }
  const kinds = new Map(estate.communication.channels.map((plan) => [plan.name, plan.kind]));
  const unserved = estate.communication.audiences.flatMap((audience) =>
    audience.channels
      .filter((name) => !channels.has(name))
      .map((name) => `${audience.name} over ${name} (${kinds.get(name) ?? 'unknown'})`),
  );
  return { channels, unserved };
}

function openChannel(plan: ChannelPlan, secret: (reference: SecretRef) => Promise<string>): Channel | undefined {
  const { name, kind, host, port, from, user, password, url, urlSecret, signingSecret } = plan;
  if (kind === 'email' && host !== undefined && port !== undefined && from !== undefined) {
    return new EmailChannel({
      name,
      host,
      port,
      from,
      startTls: plan.startTls === true,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password: () => secret(password) }),
    });
  }
  if (kind === 'webhook') {
    return new WebhookChannel({
      name,
      url: () => (urlSecret === undefined ? Promise.resolve(url ?? '') : secret(urlSecret)),
      ...(signingSecret === undefined ? {} : { signingSecret: () => secret(signingSecret) }),
    });
  }
  return undefined;
}

/** What the estate's own check cannot know: what each kind of channel needs of those it must reach. */
export function channelProblems(estate: Estate): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  const { audiences, channels } = estate.communication;
  const mail = new Set(channels.filter((channel) => channel.kind === 'email').map((channel) => channel.name));
  channels.forEach((channel, index) => {
    const path = `communication.channels[${index}]`;
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
  const reached = new Set(
    audiences
      .filter((audience) => audience.channels.some((name) => mail.has(name)))
      .flatMap((audience) => audience.contacts),
  );
  estate.contacts.forEach((contact, index) => {
    if (reached.has(contact.id) && !isMailAddress(contact.email ?? '')) {
      problems.push({
        path: `contacts[${index}].email`,
        problem: `must be a mail address: ${contact.id} is told by e-mail`,
      });
    }
  });
  return problems;
}
