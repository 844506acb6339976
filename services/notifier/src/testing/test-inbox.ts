import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** How the mail server treats a message: what it answers, or that it does not. */
export type MailManner =
  | 'accept'
  /** It takes the message at once, and says so only then. */
  | { readonly answersAfterMs: number }
  | 'hang'
  | 'drop-before-data'
  | 'drop-after-data'
  | { readonly status: number };

export interface ReceivedMail {
  readonly to: string;
  /** The message as it came, headers first. */
  readonly raw: string;
  /** By the test's clock. */
  readonly atMs: number;
}

export interface ReceivedHook {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A real SMTP server and a real HTTP receiver that keep what they accepted, in the order of acceptance. */
export interface TestInbox {
  readonly smtpPort: number;
  readonly hookUrl: string;
  readonly mails: ReceivedMail[];
  readonly hooks: ReceivedHook[];
  /** Everything accepted, as `<channel>:<notificationId>`. */
  readonly order: string[];
  /** Decides for each mail, by recipient. */
  manner: (to: string) => MailManner;
  /** Called the moment a mail was taken, before the server says so. */
  onTaken: () => void;
  /** The receiver's answer to each POST. */
  hookStatus: () => number;
  close(): Promise<void>;
}

export async function startTestInbox(nowMs: () => number = Date.now): Promise<TestInbox> {
  const mails: ReceivedMail[] = [];
  const hooks: ReceivedHook[] = [];
  const order: string[] = [];
  /** Asked once for each mail, by its session. */
  const manners = new Map<string, MailManner>();
  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onRcptTo({ address }, session, done) {
      const manner = inbox.manner(address);
      manners.set(session.id, manner);
      if (manner === 'drop-before-data') for (const connection of smtp.connections) connection.close();
      else done();
    },
    onData(stream, session, done) {
      const to = session.envelope.rcptTo[0]?.address ?? '';
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const manner = manners.get(session.id) ?? 'accept';
        if (manner === 'hang') return;
        if (manner === 'drop-after-data') {
          for (const connection of smtp.connections) connection.close();
          return;
        }
        if (typeof manner === 'object' && 'status' in manner) {
          done(Object.assign(new Error('refused by the test'), { responseCode: manner.status }));
          return;
        }
        const raw = Buffer.concat(chunks).toString();
        mails.push({ to, raw, atMs: nowMs() });
        order.push(`mail:${headerOf(raw, 'X-DR-Notification')}`);
        inbox.onTaken();
        if (typeof manner === 'object') setTimeout(done, manner.answersAfterMs);
        else done();
      });
    },
  });
  smtp.on('error', () => {});
  const receiver = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = inbox.hookStatus();
      if (status < 300) {
        hooks.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        order.push(`hooks:${String(request.headers['webhook-id'])}`);
      }
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => void smtp.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  const inbox: TestInbox = {
    smtpPort: (smtp.server.address() as AddressInfo).port,
    hookUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhook`,
    mails,
    hooks,
    order,
    manner: () => 'accept',
    onTaken: () => {},
    hookStatus: () => 204,
    async close() {
      receiver.closeAllConnections();
      for (const connection of smtp.connections) connection.close();
      await Promise.all([
        new Promise((resolve) => receiver.close(resolve)),
        new Promise<void>((resolve) => {
          smtp.close(() => resolve());
        }),
      ]);
    },
  };
  return inbox;
}

/** A header of a raw mail, folded lines joined. */
export function headerOf(raw: string, name: string): string {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/gu, ' ');
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}
