import { DrError } from '@novacron/contracts';
import { httpRequest } from '@novacron/drivers';
import type { Outcome } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';
import { signature } from './signature.js';
import { answerOutcome } from './webhook-outcome.js';

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
  /** A receiver must treat a `webhook-id` it has seen as done (Standard Webhooks, "idempotency"). */
  readonly repeatable = true;

  constructor(private readonly settings: WebhookSettings) {
    this.name = settings.name;
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const { url, signingSecret, timeoutMs = 10_000, nowMs = Date.now } = this.settings;
    const target = await url();
    const secret = await signingSecret?.();
    const body = webhookBody(message);
    const id = message.notificationId;
    const timestampSeconds = Math.floor(nowMs() / 1000);
    const signed: Record<string, string> =
      secret === undefined ? {} : { 'webhook-signature': signature(secret, id, timestampSeconds, body) };
    await commit();
    try {
      const answer = await httpRequest({
        url: target,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'novacron-dr',
          'webhook-id': id,
          'webhook-timestamp': String(timestampSeconds),
          ...signed,
        },
        body,
        connectTimeoutMs: Math.min(4_000, timeoutMs),
        timeoutMs,
        maxBodyBytes: 64 * 1024,
      });
      return answerOutcome(answer.status, answer.headers['retry-after'], nowMs());
    } catch (error) {
      const { code, message: reason } = DrError.from(error);
      return { kind: code === 'INVALID_CONFIG' ? 'refused' : 'retry', code, reason };
    }
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
    },
  });
}
