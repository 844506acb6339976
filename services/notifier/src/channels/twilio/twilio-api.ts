import { DrError } from '@novacron/contracts';
import { type HttpAnswer, httpRequest } from '@novacron/drivers';
import { jsonOf } from '../http/post.js';

export interface TwilioAccount {
  readonly account: string;
  readonly token: () => Promise<string>;
  readonly from: string;
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly timeoutMs: number;
}

/** The resource of an account, such as `Calls`. */
export function resourceUrl({ apiUrl, account }: TwilioAccount, resource: 'Calls' | 'Messages'): string {
  return `${apiUrl}/2010-04-01/Accounts/${encodeURIComponent(account)}/${resource}.json`;
}

export async function authorization({ account, token }: TwilioAccount): Promise<string> {
  return `Basic ${Buffer.from(`${account}:${await token()}`).toString('base64')}`;
}

/** What was lately sent to a number, and when the provider said so by its own clock. */
export interface Recent {
  readonly sent: readonly Record<string, unknown>[];
  readonly atMs: number;
}

/** @throws DrError UNREACHABLE or TIMEOUT when the provider does not say. */
export async function recent(account: TwilioAccount, resource: 'Calls' | 'Messages', to: string): Promise<Recent> {
  const query = new URLSearchParams({ To: to, PageSize: '50' });
  const answer: HttpAnswer = await httpRequest({
    url: `${resourceUrl(account, resource)}?${query.toString()}`,
    headers: { authorization: await authorization(account) },
    timeoutMs: account.timeoutMs,
  });
  const list = answer.status === 200 ? jsonOf(answer)[resource.toLowerCase()] : undefined;
  if (!Array.isArray(list)) throw new DrError('UNREACHABLE', `the provider answered ${answer.status} to a question`);
  return { sent: list as Record<string, unknown>[], atMs: Date.parse(answer.headers.date ?? '') };
}

/** `+1-555-0100` as E.164: digits alone behind the plus sign; undefined for what is no number. */
export function phoneNumber(text: string | undefined): string | undefined {
  const digits = (text ?? '').replaceAll(/[\s().-]/gu, '');
  return /^\+\d{6,15}$/u.test(digits) ? digits : undefined;
}
