/** What a status callback says of a call or a message. */
export type TwilioVerdict = { readonly kind: 'delivered' } | { readonly kind: 'failed'; readonly reason: string };

/** `undefined` for what is on its way. A call that was answered may have been answered by a mailbox: delivered, never more. */
export function verdictOf(form: Readonly<Record<string, string>>): TwilioVerdict | undefined {
  const status = form['CallStatus'] ?? form['MessageStatus'] ?? form['SmsStatus'] ?? '';
  switch (status) {
    case 'completed':
    case 'delivered':
      return { kind: 'delivered' };
    case 'busy':
    case 'no-answer':
    case 'failed':
    case 'canceled':
    case 'undelivered': {
      const code = form['ErrorCode'];
      return { kind: 'failed', reason: `the provider says ${status}${code === undefined ? '' : ` (${code})`}` };
    }
    default:
      return undefined;
  }
}
