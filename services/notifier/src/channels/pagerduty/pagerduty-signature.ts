import { createHmac, timingSafeEqual } from 'node:crypto';

/** One `v1=` signature of PagerDuty's webhooks v3. */
export function pagerDutySignature(secret: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Whether one of the signatures of the header — there are two while a secret is rotated — is right. */
export function isFromPagerDuty(secret: string, header: string, body: string): boolean {
  const wanted = Buffer.from(pagerDutySignature(secret, body));
  return header.split(',').some((one) => {
    const given = Buffer.from(one.trim());
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}
