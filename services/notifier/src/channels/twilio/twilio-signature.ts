import { createHmac, timingSafeEqual } from 'node:crypto';

/** `X-Twilio-Signature`: over the URL as the provider called it, and the form's fields in the order of their names. */
export function twilioSignature(token: string, url: string, form: Readonly<Record<string, string>>): string {
  const fields = Object.keys(form)
    .toSorted()
    .map((name) => `${name}${form[name] ?? ''}`)
    .join('');
  return createHmac('sha1', token).update(`${url}${fields}`).digest('base64');
}

export function isFromTwilio(
  token: string,
  url: string,
  form: Readonly<Record<string, string>>,
  header: string,
): boolean {
  const wanted = Buffer.from(twilioSignature(token, url, form));
  const given = Buffer.from(header);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
