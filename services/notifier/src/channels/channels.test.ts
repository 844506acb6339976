import type { Estate } from '@novacron/contracts';
import { testEstate } from '../testing/test-estate.js';
import { headerOf } from '../testing/test-inbox.js';
import type { OutgoingMessage } from './channel.js';
import { composeMail, isMailAddress, messageId } from './email/mail.js';
import { failureOutcome } from './email/mail-outcome.js';
import { answerOutcome } from './http/answer-outcome.js';
import { channelProblems, openChannels } from './open-channels.js';
import { isSigned, signature } from './webhook/signature.js';

const message: OutgoingMessage = {
  notificationId: 'SiteLost_primary_1_executives_dr-lead_mail_initial-1',
  incident: 'SiteLost_primary_1',
  audience: 'executives',
  template: 'initial',
  recipient: { id: 'dr-lead', name: 'John "the" Smith\r\nBcc: all@example.org', email: 'dr-lead@novacron.io' },
  subject: 'Störung: payments\r\nX-Evil: yes',
  text: 'Line one\r\n.\r\nLine two\n',
  causedAt: '2026-03-15T10:00:04Z',
  drill: false,
};

describe('mail', () => {
  it('keeps what it is given out of the headers', async () => {
    const raw = (await composeMail(message, 'dr@novacron.io', 'dr-lead@novacron.io')).toString();
    const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
    expect(head).not.toMatch(/^(?:Bcc|X-Evil):/imu);
    expect(headerOf(raw, 'X-DR-Notification')).toBe(message.notificationId);
    expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-generated');
  });

  it('has the same id for the same notification, and one thread for an incident', async () => {
    const first = (await composeMail(message, 'dr@novacron.io', 'a@b.c')).toString();
    const second = (await composeMail({ ...message, notificationId: 'other' }, 'dr@novacron.io', 'a@b.c')).toString();
    expect(headerOf(first, 'Message-ID')).toBe(messageId(message.notificationId, 'dr@novacron.io'));
    expect(headerOf(second, 'Message-ID')).not.toBe(headerOf(first, 'Message-ID'));
    expect(headerOf(second, 'In-Reply-To')).toBe(headerOf(first, 'In-Reply-To'));
  });

  it.each([
    ['a@b.c', true],
    ['dr-lead+x@novacron.io', true],
    ['', false],
    ['nobody', false],
    ['a@b@c', false],
    ['a@b.c>\r\nRCPT TO:<x@y.z', false],
    ['Name <a@b.c>', false],
    ['a@b.c,d@e.f', false],
  ])('%j is an address: %s', (text, valid) => expect(isMailAddress(text)).toBe(valid));

  it.each([
    [{ message: 'no', responseCode: 550 }, false, 'refused'],
    [{ message: 'no', responseCode: 550 }, true, 'refused'],
    [{ message: 'later', responseCode: 451 }, true, 'retry'],
    [{ message: 'closed', code: 'ECONNECTION' }, false, 'retry'],
    [{ message: 'closed', code: 'ECONNECTION' }, true, 'unknown'],
    [{ message: 'Timeout', code: 'ETIMEDOUT' }, true, 'unknown'],
  ] as const)('%j, message begun %s: %s', (failure, begun, kind) =>
    expect(failureOutcome(failure, begun).kind).toBe(kind),
  );
});

describe('webhooks', () => {
  it('are signed as Standard Webhooks gives it', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const body = '{"test": 2432232314}';
    const signed = signature(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, body);
    expect(signed).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    expect(isSigned(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, body, `v1,other ${signed}`)).toBe(true);
    expect(isSigned(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_331, body, signed)).toBe(false);
  });

  it.each([
    [200, 'accepted'],
    [204, 'accepted'],
    [302, 'refused'],
    [400, 'refused'],
    [404, 'refused'],
    [408, 'retry'],
    [410, 'refused'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('%d is %s', (status, kind) => expect(answerOutcome(status, undefined, 0).kind).toBe(kind));

  it.each([
    ['7', 7_000],
    ['Thu, 01 Jan 1970 00:00:09 GMT', 9_000],
  ])('Retry-After %s', (header, afterMs) => expect(answerOutcome(429, header, 0)).toMatchObject({ afterMs }));
});

describe('opening the channels', () => {
  let estate: Estate;
  beforeEach(async () => {
    estate = await testEstate();
  });

  it('serves every kind', () => {
    const token = { env: 'TOKEN' };
    estate.communication.channels.push(
      { name: 'calls', kind: 'phone', account: 'AC1', token, from: '+1-555-0100' },
      { name: 'texts', kind: 'sms', account: 'AC1', token, from: '+15550100' },
      { name: 'chat', kind: 'slack', token, room: 'C1' },
      { name: 'pages', kind: 'pagerduty', token },
      { name: 'teams', kind: 'teams', url: 'https://example.org/hook' },
      { name: 'page', kind: 'status-page' },
      { name: 'managers', kind: 'account-manager', via: 'mail' },
    );
    const settings = { secret: () => Promise.resolve(''), nowMs: Date.now, onPageChange: () => {} };
    const channels = openChannels(estate, settings);
    expect([...channels].map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
      'mail email',
      'hooks webhook',
      'calls phone',
      'texts sms',
      'chat slack',
      'pages pagerduty',
      'teams teams',
      'page status-page',
      'managers account-manager',
    ]);
  });

  it('refuses contacts that cannot be reached, and a password in the clear', () => {
    const [contact] = estate.contacts;
    const [channel] = estate.communication.channels;
    if (contact !== undefined) delete contact.email;
    if (channel !== undefined) channel.password = { env: 'SMTP_PASSWORD' };
    expect(channelProblems(estate).map((problem) => problem.path)).toEqual([
      'communication.channels[0].startTls',
      'contacts[0].email',
    ]);
  });
});
