import { createHash } from 'node:crypto';
import { DrError } from '@novacron/contracts';
import { createTransport } from 'nodemailer';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly from: string;
  readonly startTls: boolean;
  readonly user?: string;
  readonly password?: () => Promise<string>;
}

export interface SubscriptionMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Makes the Message-ID: a mail that comes twice is seen to be one. */
  readonly key: string;
  /** Where a POST ends the subscription (RFC 8058). */
  readonly endUrl?: string;
}

/** Sends what subscribers asked for. */
export class SubscriptionMailer {
  constructor(private readonly server: MailServer) {}

  /** Resolves once the server has taken it; false when it refused it for good. @throws DrError UNREACHABLE (retryable). */
  async send(mail: SubscriptionMail): Promise<boolean> {
    const { host, port, from, startTls, user, password } = this.server;
    const pass = await password?.();
    const transport = createTransport({
      host,
      port,
      secure: port === 465,
      requireTLS: startTls,
      ignoreTLS: !startTls,
      connectionTimeout: 4_000,
      dnsTimeout: 4_000,
      greetingTimeout: 4_000,
      socketTimeout: 15_000,
      allowInternalNetworkInterfaces: true,
      ...(user === undefined || pass === undefined ? {} : { auth: { user, pass } }),
    });
    const digest = createHash('sha256').update(mail.key).digest('hex').slice(0, 32);
    try {
      await transport.sendMail({
        from,
        to: { name: '', address: mail.to },
        subject: mail.subject,
        text: mail.text,
        messageId: `<${digest}@${from.split('@')[1] ?? 'localhost'}>`,
        disableFileAccess: true,
        disableUrlAccess: true,
        headers: {
          'Auto-Submitted': 'auto-generated',
          ...(mail.endUrl === undefined
            ? {}
            : { 'List-Unsubscribe': `<${mail.endUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
        },
      });
      return true;
    } catch (error) {
      const { responseCode = 0 } = error as { readonly responseCode?: number };
      if (responseCode >= 500) return false;
      throw new DrError('UNREACHABLE', 'the mail server does not take mail for subscribers', { cause: error });
    } finally {
      transport.close();
    }
  }
}
