import net, { type AddressInfo } from 'node:net';
import { DrError } from '@novacron/contracts';
import { startTestInbox, type TestInbox } from '../../testing/test-inbox.js';
import type { OutgoingMessage } from '../channel.js';
import { EmailChannel } from './email-channel.js';

const message: OutgoingMessage = {
  notificationId: 'i_a_c_mail_initial-1',
  incident: 'i',
  audience: 'a',
  template: 'initial',
  recipient: { id: 'c', name: 'Someone', email: 'someone@example.org' },
  subject: 'subject',
  text: 'text\n.\nwith a dot\n',
  causedAt: '2026-03-15T10:00:04Z',
  drill: false,
};

let inbox: TestInbox;
beforeEach(async () => {
  inbox = await startTestInbox();
});
afterEach(() => inbox.close());

function channel(port = inbox.smtpPort): EmailChannel {
  const timeouts = { connectMs: 500, greetingMs: 300, silenceMs: 600 };
  return new EmailChannel({ name: 'mail', host: '127.0.0.1', port, from: 'dr@example.org', startTls: false, timeouts });
}

/** One attempt, and whether the message was begun. */
async function attempt(one = channel()): Promise<{ kind: string; committed: boolean }> {
  let committed = false;
  const outcome = await one.send(message, async () => void (committed = true));
  return { kind: outcome.kind, committed };
}

describe('mail over SMTP', () => {
  it('is accepted, dots and all', async () => {
    expect(await attempt()).toEqual({ kind: 'accepted', committed: true });
    expect(inbox.mails[0]?.raw).toContain('text\r\n.\r\nwith a dot');
  });

  it.each([
    [451, 'retry'],
    [550, 'refused'],
  ])('%d is %s', async (status, kind) => {
    inbox.manner = () => ({ status });
    expect((await attempt()).kind).toBe(kind);
  });

  it.each(['drop-after-data', 'hang'] as const)('nobody knows after %s', async (manner) => {
    inbox.manner = () => manner;
    expect(await attempt()).toEqual({ kind: 'unknown', committed: true });
  });

  it('is tried again after a connection that breaks before DATA, without having begun', async () => {
    inbox.manner = () => 'drop-before-data';
    expect(await attempt()).toEqual({ kind: 'retry', committed: false });
    inbox.manner = () => 'accept';
    expect(await attempt()).toEqual({ kind: 'accepted', committed: true });
    expect(inbox.mails).toHaveLength(1);
  });

  it('is tried again when nobody listens, or who listens says nothing, without having begun', async () => {
    const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    expect(await attempt(channel(port))).toEqual({ kind: 'retry', committed: false });
    silent.close();
    await inbox.close();
    expect(await attempt()).toEqual({ kind: 'retry', committed: false });
    inbox = await startTestInbox();
  });

  it('is not sent when it may not begin', async () => {
    const refused = channel().send(message, () => Promise.reject(new DrError('CONFLICT', 'another worker has it')));
    await expect(refused).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(inbox.mails).toEqual([]);
  });

  it('is refused where encryption is asked for and not offered', async () => {
    const strict = new EmailChannel({
      name: 'mail',
      host: '127.0.0.1',
      port: inbox.smtpPort,
      from: 'dr@example.org',
      startTls: true,
    });
    expect((await attempt(strict)).kind).not.toBe('accepted');
    expect(inbox.mails).toEqual([]);
  });
});
