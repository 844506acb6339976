import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old a request from Slack may be: what is older is played again by somebody else. */
const oldestSeconds = 300;

/** `X-Slack-Signature` over the raw body (docs.slack.dev, "verifying requests"). */
export function slackSignature(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

/** Whether a request is Slack's, and of now. */
export function isFromSlack(
  secret: string,
  headers: { readonly timestamp: string; readonly signature: string },
  body: string,
  nowMs: number,
): boolean {
  const ageSeconds = Math.abs(nowMs / 1000 - Number(headers.timestamp));
  if (!(ageSeconds <= oldestSeconds)) return false;
  const wanted = Buffer.from(slackSignature(secret, headers.timestamp, body));
  const given = Buffer.from(headers.signature);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
