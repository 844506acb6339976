import type { Outcome } from '../../domain/retry.js';

/** What nodemailer says of a failed transaction. */
export interface SmtpFailure {
  readonly message: string;
  readonly code?: string;
  readonly responseCode?: number;
}

/**
 * What a failure means. An answer of the server is certain: 4yz may pass, 5yz will not (RFC 5321 §4.2.1), wherever in the
 * dialogue it comes. Without an answer it depends on whether the message itself was on its way: before that nothing can have
 * been accepted; after it nobody knows.
 */
export function failureOutcome(failure: SmtpFailure, messageBegun: boolean): Outcome {
  const { responseCode, code, message } = failure;
  if (responseCode !== undefined && responseCode >= 500) {
    return { kind: 'refused', code: `SMTP_${responseCode}`, reason: message };
  }
  if (responseCode !== undefined && responseCode >= 400) {
    return { kind: 'retry', code: `SMTP_${responseCode}`, reason: message };
  }
  if (messageBegun) return { kind: 'unknown', reason: `no answer to the message: ${message}` };
  return { kind: 'retry', code: code ?? 'SMTP_FAILED', reason: message };
}
