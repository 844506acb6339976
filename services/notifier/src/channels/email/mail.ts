import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { OutgoingMessage } from '../channel.js';

/** An address as it may stand in an envelope: no blanks, brackets or line breaks that could begin another header. */
const address = /^[^\s<>()[\]\\,;:"@]+@[^\s<>()[\]\\,;:"@]+$/u;

export function isMailAddress(text: string): boolean {
  return text.length <= 320 && address.test(text);
}

/** The same for the same notification, whoever sends it: receivers and people recognise a repeated mail by it. */
export function messageId(notificationId: string, from: string): string {
  const digest = createHash('sha256').update(notificationId).digest('hex').slice(0, 32);
  return `<${digest}@${from.split('@')[1] ?? 'localhost'}>`;
}

/**
 * The mail as bytes. Plain text only, so that it can be read by anything; subject and names are encoded by the composer,
 * which keeps line breaks out of headers. All mails of an incident form one thread.
 */
export async function composeMail(message: OutgoingMessage, from: string, to: string): Promise<Buffer> {
  const thread = messageId(message.incident, from);
  const mail = new MailComposer({
    from,
    to: { name: message.recipient.name, address: to },
    subject: message.subject,
    text: message.text,
    messageId: messageId(message.notificationId, from),
    inReplyTo: thread,
    references: [thread],
    disableFileAccess: true,
    disableUrlAccess: true,
    headers: {
      'X-DR-Notification': message.notificationId,
      'X-DR-Incident': message.incident,
      'X-DR-Audience': message.audience,
      // No out-of-office replies to a disaster (RFC 3834).
      'Auto-Submitted': 'auto-generated',
    },
  });
  return mail.compile().build();
}
