import { createHash } from 'node:crypto';

export interface NotificationName {
  readonly incident: string;
  readonly audience: string;
  readonly contact: string;
  readonly channel: string;
  readonly template: string;
  /** Counts within incident and template: `1`, or `by-hand-1`. */
  readonly number: string;
}

const maxLength = 128;

/**
 * The same id for the same message wherever and whenever it is computed: it is the ledger's key, the work item's
 * `Nats-Msg-Id`, the mail's `Message-ID` and the webhook's id, so that nothing is sent twice.
 */
export function notificationId(name: NotificationName): string {
  const { incident, audience, contact, channel, template, number } = name;
  const id = `${incident}_${audience}_${contact}_${channel}_${template}-${number}`;
  if (id.length <= maxLength) return id;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 24);
  return `${id.slice(0, maxLength - digest.length - 1)}_${digest}`;
}
