import type { Estate } from '@novacron/contracts';
import type { Secrets } from '@novacron/service';
import { subscriptionsUrl } from '../facts/present-state.js';
import type { StatusFacts } from '../facts/status-facts.js';
import { AddressBook } from './address-book.js';
import { SubscriptionMailer } from './subscription-mailer.js';
import { Subscriptions, type SubscriptionsSettings } from './subscriptions.js';

export interface SubscriptionParts extends Pick<SubscriptionsSettings, 'documents' | 'languages' | 'logger' | 'nowMs'> {
  readonly estate: Estate;
  readonly secrets: Secrets;
}

/** Subscriptions as the estate has them, once there are facts to tell; none where it has none. @throws DrError INVALID_CONFIG for the key. */
export async function openSubscriptions(
  parts: SubscriptionParts,
): Promise<(facts: () => StatusFacts) => Subscriptions | undefined> {
  const { estate, secrets, ...rest } = parts;
  const { subscriptions: plan } = estate.communication.statusPage;
  const channel = estate.communication.channels.find(({ name }) => name === plan?.channel);
  if (plan === undefined || channel === undefined) return () => undefined;
  const { host = '', port = 25, from = '', startTls, user, password } = channel;
  const addresses = AddressBook.of(await secrets.read(plan.key));
  const mailer = new SubscriptionMailer({
    host,
    port,
    from,
    startTls: startTls === true,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password: () => secrets.read(password) }),
  });
  return (facts) => new Subscriptions({ ...rest, addresses, mailer, url: subscriptionsUrl(plan.url), facts });
}
