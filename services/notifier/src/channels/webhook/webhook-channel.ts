import type { Outcome } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';
import { post } from '../http/post.js';
import { signature } from './signature.js';

export interface WebhookSettings {
  readonly name: string;
  /** Asked at each attempt: a URL may itself be a secret, and rotated. */
  readonly url: () => Promise<string>;
  readonly signingSecret?: () => Promise<string>;
  readonly timeoutMs?: number;
  readonly nowMs?: () => number;
}

/** A POST of JSON, signed as Standard Webhooks asks. The `webhook-id` stays the same over all attempts. */
export class WebhookChannel implements Channel {
  readonly name: string;
  readonly kind = 'webhook';
  /** A receiver must treat a `webhook-id` it has seen as done (Standard Webhooks, "idempotency"). */
  readonly repeatable = true;

  constructor(private readonly settings: WebhookSettings) {
    this.name = settings.name;
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const { url, signingSecret, timeoutMs = 10_000 } = this.settings;
    const nowMs = (this.settings.nowMs ?? Date.now)();
    const target = await url();
    const secret = await signingSecret?.();
    const body = webhookBody(message);
    const id = message.notificationId;
    const timestampSeconds = Math.floor(nowMs / 1000);
    const signed: Record<string, string> =
      secret === undefined ? {} : { 'webhook-signature': signature(secret, id, timestampSeconds, body) };
    await commit();
    return post({
      url: target,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        ...signed,
      },
      body,
      timeoutMs,
      nowMs,
      repeatable: this.repeatable,
    });
  }
}

/** The payload: `type` and `timestamp` first, as Standard Webhooks recommends; names, never addresses. */
export function webhookBody(message: OutgoingMessage): string {
  return JSON.stringify({
    type: `incident.${message.template}`,
    timestamp: message.causedAt,
    data: {
      notificationId: message.notificationId,
      incident: message.incident,
      audience: message.audience,
      recipient: message.recipient.id,
      template: message.template,
      subject: message.subject,
      text: message.text,
      ...(message.drill ? { drill: true } : {}),
    },
  });
}
