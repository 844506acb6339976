import type { Audience, Estate } from '@novacron/contracts';
import type { DrillPhase, DrillContext } from '../drill-context.js';
import { needed } from '../findings.js';
import { inboxMessages } from '../inbox.js';
import { until } from '../site-database.js';

/** The stakeholders have been told on their channels, in their order, as the inbox saw it. */
export const told: DrillPhase = {
  name: 'told',
  title: 'stakeholders told on their channels, in their order',
  async run(context) {
    const order = await audiencesTold(context, needed(context.findings.killedAt, 'the moment of the kill'), 'initial');
    return `${order.join(' → ')}; received over SMTP and HTTP`;
  },
};

/**
 * Waits until every audience's message of a template stands in the inbox, and checks that the first of each came in the
 * estate's order.
 */
export async function audiencesTold(
  { lab, estate, events }: DrillContext,
  since: number,
  template: string,
): Promise<string[]> {
  const audiences = estate.communication.audiences.toSorted((a, b) => a.order - b.order);
  const firsts = await until(`a delivered ${template} notice for every audience`, 90_000, async () => {
    const delivered = events.all(
      'notification-delivered',
      (event) => event.at >= since && event.data['template'] === template,
    );
    const times = audiences.map((audience) => delivered.find((event) => event.data['audience'] === audience.name)?.at);
    return times.every((time) => time !== undefined) ? times : undefined;
  });
  const outOfOrder = firsts.findIndex((time, i) => i > 0 && time < (firsts[i - 1] ?? 0));
  if (outOfOrder > 0)
    throw new Error(`${audiences[outOfOrder]?.name ?? ''} was told before ${audiences[outOfOrder - 1]?.name ?? ''}`);

  const messages = (await inboxMessages(lab)).filter((message) => Date.parse(message.receivedAt) >= since);
  const missing = audiences.filter(
    (audience) =>
      !addresses(estate, audience).every((address) =>
        messages.some((message) => message.channel === 'email' && message.to.includes(address)),
      ),
  );
  if (missing.length > 0)
    throw new Error(`no message for ${missing.map((audience) => audience.name).join(', ')} stands in the inbox`);
  return audiences.map((audience) => audience.name);
}

/** The e-mail addresses of an audience that is told by e-mail. */
function addresses(estate: Estate, audience: Audience): string[] {
  const byEmail = estate.communication.channels.some(
    (channel) => channel.kind === 'email' && audience.channels.includes(channel.name),
  );
  if (!byEmail) return [];
  return audience.contacts.flatMap((id) => estate.contacts.find((contact) => contact.id === id)?.email ?? []);
}
