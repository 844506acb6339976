import { Readable } from 'node:stream';
import { DrError } from '@novacron/contracts';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Outcome } from '../../domain/retry.js';
import type { Channel, OutgoingMessage } from '../channel.js';
import { composeMail, isMailAddress } from './mail.js';
import { failureOutcome, type SmtpFailure } from './mail-outcome.js';

export interface EmailSettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly from: string;
  /** Refuse a server that does not encrypt; otherwise encryption is left out unless the port is 465. */
  readonly startTls: boolean;
  readonly user?: string;
  /** Asked at each attempt, so that a changed password is taken. */
  readonly password?: () => Promise<string>;
  readonly timeouts?: Partial<typeof defaultTimeouts>;
}

/** The library's own are up to ten minutes: too long for one message on the worst day. */
const defaultTimeouts = { connectMs: 4_000, greetingMs: 5_000, silenceMs: 15_000 };

/** Mail over SMTP, one connection for each attempt: an attempt then says something about the server now. */
export class EmailChannel implements Channel {
  readonly name: string;
  readonly kind = 'email';
  /** SMTP has no key by which a server must recognise a repeated message. */
  readonly repeatable = false;

  constructor(private readonly settings: EmailSettings) {
    this.name = settings.name;
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const { from } = this.settings;
    const to = message.recipient.email ?? '';
    if (!isMailAddress(to))
      return { kind: 'refused', code: 'NO_ADDRESS', reason: 'the contact has no valid e-mail address' };
    const mail = await composeMail(message, from, to);

    let begun = false;
    let notCommitted: DrError | undefined;
    // The library reads the first chunk when the server has said that it takes the message, not earlier.
    const body = Readable.from(
      (async function* () {
        try {
          await commit();
        } catch (error) {
          notCommitted = DrError.from(error);
          // Another error: the library changes the code of the one it is given.
          throw new Error('not committed', { cause: error });
        }
        begun = true;
        yield mail;
      })(),
    );
    const connection = this.connection();
    try {
      await this.open(connection);
      const info = await transact(connection, { from, to: [to], size: mail.length }, body);
      connection.quit();
      return { kind: 'accepted', providerId: info.slice(0, 300) };
    } catch (error) {
      if (notCommitted !== undefined) throw notCommitted;
      return failureOutcome(error as SmtpFailure, begun);
    } finally {
      body.destroy();
      // A second after QUIT at the latest; at once after a failure.
      setTimeout(() => connection.close(), 1_000).unref();
    }
  }

  private connection(): SMTPConnection {
    const { host, port, startTls, timeouts } = this.settings;
    const { connectMs, greetingMs, silenceMs } = { ...defaultTimeouts, ...timeouts };
    return new SMTPConnection({
      host,
      port,
      secure: port === 465,
      requireTLS: startTls,
      ignoreTLS: !startTls,
      connectionTimeout: connectMs,
      dnsTimeout: connectMs,
      greetingTimeout: greetingMs,
      socketTimeout: silenceMs,
      allowInternalNetworkInterfaces: true,
    });
  }

  private async open(connection: SMTPConnection): Promise<void> {
    const { user, password } = this.settings;
    const pass = await password?.();
    await new Promise<void>((resolve, reject) => {
      connection.on('error', reject);
      connection.connect((error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
    if (user === undefined || pass === undefined) return;
    await new Promise<void>((resolve, reject) => {
      connection.once('end', () => reject(new Error('the server ended the connection')));
      connection.login({ user, credentials: { user, pass } }, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}

/** One mail transaction; resolves with the server's answer. */
function transact(
  connection: SMTPConnection,
  envelope: { readonly from: string; readonly to: string[]; readonly size: number },
  body: Readable,
): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.on('error', reject);
    connection.once('end', () => reject(new Error('the server ended the connection')));
    connection.send(envelope, body, (error, info) => {
      if (error !== null && error !== undefined) reject(error);
      else resolve(info?.response ?? '');
    });
  });
}
