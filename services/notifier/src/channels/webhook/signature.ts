import { createHmac, timingSafeEqual } from 'node:crypto';

/** The key of a signing secret: `whsec_` and base64, as Standard Webhooks writes it, or the text itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
}

/** `webhook-signature` of Standard Webhooks: what proves who sent it, and that neither id, time nor body was changed. */
export function signature(secret: string, id: string, timestampSeconds: number, body: string): string {
  const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestampSeconds}.${body}`).digest('base64');
  return `v1,${mac}`;
}

/** Whether one of the space-separated signatures of a header is right; in constant time. */
export function isSigned(secret: string, id: string, timestampSeconds: number, body: string, header: string): boolean {
  const wanted = Buffer.from(signature(secret, id, timestampSeconds, body));
  return header.split(' ').some((given) => {
    const found = Buffer.from(given);
    return found.length === wanted.length && timingSafeEqual(found, wanted);
  });
}
