import { durationMs, type Webhook } from '@novacron/contracts';
import type { WebhookTarget } from '../webhook/webhook.js';
import type { EstateContext } from './estate-context.js';

/** A webhook of the estate file, its token read from where the file says. */
export function webhookTarget({ url, token, timeout }: Webhook, context: EstateContext): WebhookTarget {
  return {
    url,
    ...(token === undefined ? {} : { token: () => context.secret(token) }),
    ...(timeout === undefined ? {} : { timeoutMs: durationMs(timeout) }),
  };
}
