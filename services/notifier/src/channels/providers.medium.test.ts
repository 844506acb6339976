import { type FakeProviders, type ProviderManner, startFakeProviders } from '../testing/fake-providers.js';
import type { Channel, OutgoingMessage } from './channel.js';
import { PagerDutyChannel } from './pagerduty/pagerduty-channel.js';
import { SlackChannel } from './slack/slack-channel.js';
import { TeamsChannel } from './teams/teams-channel.js';
import { TwilioChannel } from './twilio/twilio-channel.js';
import { WebhookChannel } from './webhook/webhook-channel.js';

const hostile = `<!channel> & <https://evil.example|x> "'\`*_~ {{SITE}} </Say><Dial>+1900</Dial> \u202E\u0000\r\nBcc: all@example.org ${'x'.repeat(5_000)}`;

const message: OutgoingMessage = {
  notificationId: 'i_technical_someone_c_initial-1',
  incident: 'i',
  audience: 'technical',
  template: 'initial',
  recipient: { id: 'someone', name: hostile.slice(0, 100), phone: '+1-555-0100', backupPhone: '+1-555-0101' },
  subject: 'Down',
  text: 'Everything is down.',
  causedAt: '2026-03-15T10:00:00.000Z',
  drill: false,
};

let providers: FakeProviders;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.parse('2026-03-15T10:00:00.000Z');
  providers = await startFakeProviders(() => nowMs);
});
afterEach(() => providers.close());

type Kind = 'webhook' | 'slack hook' | 'slack bot' | 'pagerduty' | 'teams' | 'phone' | 'sms';

function open(kind: Kind): Channel {
  const { url } = providers;
  const secret = (text: string) => () => Promise.resolve(text);
  const common = { name: 'c', timeoutMs: 400, nowMs: () => nowMs };
  switch (kind) {
    case 'webhook':
      return new WebhookChannel({ ...common, url: secret(`${url}/webhook`) });
    case 'slack hook':
      return new SlackChannel({ ...common, webhookUrl: secret(`${url}/slack-hook`) });
    case 'slack bot':
      return new SlackChannel({ ...common, bot: { token: secret('T'), room: 'C1', apiUrl: `${url}/slack/api` } });
    case 'pagerduty':
      return new PagerDutyChannel({ ...common, routingKey: secret('R'), url: `${url}/pagerduty` });
    case 'teams':
      return new TeamsChannel({ ...common, url: secret(`${url}/teams`) });
    case 'phone':
    case 'sms':
      return new TwilioChannel({
        ...common,
        kind,
        account: 'AC1',
        token: secret('T'),
        from: '+15550199',
        apiUrl: `${url}/twilio`,
        callbackUrl: 'http://callbacks.test',
      });
  }
}

const send = (kind: Kind, change: Partial<OutgoingMessage> = {}) =>
  open(kind).send({ ...message, ...change }, () => Promise.resolve());

const kinds = ['webhook', 'slack hook', 'slack bot', 'pagerduty', 'teams', 'phone', 'sms'] as const;
const repeatable: ReadonlySet<Kind> = new Set(['webhook', 'pagerduty']);

describe('what a provider does, and what that means', () => {
  it.each(kinds)('%s: taken', async (kind) => {
    expect(await send(kind)).toMatchObject({ kind: 'accepted' });
    expect(providers.taken).toHaveLength(1);
  });

  const faults: readonly (readonly [string, ProviderManner, string, string])[] = [
    ['a bad request is final', { status: 400 }, 'refused', 'refused'],
    ['a redirect is not followed', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 'refused', 'refused'],
    ['a fault of the server may have taken it', { status: 500 }, 'retry', 'unknown'],
    ['"unavailable" has not', { status: 503 }, 'retry', 'retry'],
    ['silence', 'hang', 'retry', 'unknown'],
    ['a connection that breaks before it is read', 'drop-before', 'retry', 'unknown'],
    ['a connection that breaks after it was taken', 'drop-after', 'retry', 'unknown'],
  ];
  it.each(kinds.flatMap((kind) => faults.map((fault) => [kind, ...fault] as const)))(
    '%s: %s',
    async (kind, _what, manner, whenRepeatable, whenNot) => {
      providers.manner = () => manner;
      expect((await send(kind)).kind).toBe(repeatable.has(kind) ? whenRepeatable : whenNot);
      expect(providers.asked).toHaveLength(1);
    },
  );

  it.each(kinds)('%s: "too many" says when to come again', async (kind) => {
    providers.manner = () => ({ status: 429, headers: { 'retry-after': '7' } });
    expect(await send(kind)).toMatchObject({ kind: 'retry', code: 'HTTP_429', afterMs: 7_000 });
  });

  it.each(kinds)('%s: nobody there', async (kind) => {
    const channel = open(kind);
    await providers.close();
    expect((await channel.send(message, () => Promise.resolve())).kind).toBe('retry');
    providers = await startFakeProviders();
  });

  it.each(kinds)('%s: nothing is sent when the row could not be written', async (kind) => {
    await expect(open(kind).send(message, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(providers.asked).toEqual([]);
  });

  it.each([
    ['ratelimited', 'retry'],
    ['internal_error', 'unknown'],
    ['invalid_auth', 'refused'],
    ['msg_blocks_too_long', 'refused'],
  ])('slack bot: ok with the error %s', async (error, kind) => {
    providers.manner = () => ({ status: 200, body: JSON.stringify({ ok: false, error }), takes: false });
    expect((await send('slack bot')).kind).toBe(kind);
  });
});

describe('a message whose end nobody knows', () => {
  const doubtful = { ...message, doubtfulSince: message.causedAt };
  const asked = ['phone', 'sms', 'slack bot'] as const;

  it.each(asked)('%s: is found at the provider, and not sent again', async (kind) => {
    providers.manner = () => 'drop-after';
    expect((await send(kind)).kind).toBe('unknown');
    const found = providers.taken[0]?.body[kind === 'slack bot' ? 'ts' : 'sid'];
    expect(await open(kind).reconcile?.(doubtful)).toEqual({ kind: 'accepted', providerId: found });
  });

  it.each(asked)('%s: is sent again only when the provider surely has nothing', async (kind) => {
    await send(kind, { notificationId: 'another', text: 'another' });
    const others = { ...doubtful, isKnown: (sid: string) => sid === 'SID1' };
    providers.manner = () => 'drop-before';
    expect((await send(kind)).kind).toBe('unknown');
    expect((await open(kind).reconcile?.(others))?.kind).toBe('ask-again');
    nowMs += 20_000;
    expect((await open(kind).reconcile?.(others))?.kind).toBe('retry');
  });

  it.each(asked)('%s: is asked about again where the provider does not say', async (kind) => {
    const channel = open(kind);
    await providers.close();
    expect((await channel.reconcile?.(doubtful))?.kind).toBe('ask-again');
    providers = await startFakeProviders(() => nowMs);
  });

  it.each(['slack hook', 'teams', 'webhook', 'pagerduty'] as const)('%s: nobody can be asked', (kind) => {
    expect(typeof open(kind).reconcile).toBe('undefined');
  });

  it('slack bot: is found in a thread that there was not when it was sent, and in one that there was', async () => {
    const opening = await send('slack bot', { notificationId: 'first' });
    const thread = opening.kind === 'accepted' ? (opening.providerId ?? '') : '';
    await send('slack bot');
    expect((await open('slack bot').reconcile?.({ ...doubtful, thread }))?.kind).toBe('accepted');
    const inside = { ...doubtful, notificationId: 'inside', thread };
    nowMs += 20_000;
    expect((await open('slack bot').reconcile?.(inside))?.kind).toBe('retry');
    await send('slack bot', { notificationId: 'inside', thread });
    expect((await open('slack bot').reconcile?.(inside))?.kind).toBe('accepted');
  });

  it('is not taken for a call that was made before it or long after it, whatever the provider’s clock says', async () => {
    await send('phone');
    nowMs += 20_000;
    const later = { ...doubtful, doubtfulSince: new Date(nowMs - 15_000).toISOString() };
    expect((await open('phone').reconcile?.(later))?.kind).toBe('retry');
    const earlier = { ...doubtful, doubtfulSince: new Date(nowMs - 60_000).toISOString() };
    expect((await open('phone').reconcile?.(earlier))?.kind).toBe('retry');
    // A provider whose clock is five minutes ahead.
    const behind = new Date(nowMs - 20_000 - 300_000).toISOString();
    const slow = new TwilioChannel({
      name: 'c',
      kind: 'phone',
      account: 'AC1',
      token: () => Promise.resolve('T'),
      from: '+15550199',
      apiUrl: `${providers.url}/twilio`,
      timeoutMs: 400,
      nowMs: () => nowMs - 300_000,
    });
    expect((await slow.reconcile({ ...doubtful, doubtfulSince: behind })).kind).toBe('accepted');
  });

  it('is not taken for that of another message whose end nobody knows either', async () => {
    await send('phone');
    const rivals = { ...doubtful, rivals: 1 };
    expect((await open('phone').reconcile?.(rivals))?.kind).toBe('unknown');
    await send('phone', { notificationId: 'i_technical_someone_c_progress-1' });
    expect((await open('phone').reconcile?.(rivals))?.kind).toBe('accepted');
  });

  it('goes to the second number on the way up the chain', async () => {
    await send('phone');
    await send('phone', { notificationId: 'i_technical_someone_c_initial-1-level-1' });
    expect(providers.taken.map(({ body }) => body['To'])).toEqual(['+15550100', '+15550101']);
  });
});

describe('one incident', () => {
  it('is one alarm at PagerDuty, and its end resolves every alarm that it raised', async () => {
    await send('pagerduty');
    await send('pagerduty', { template: 'progress', notificationId: 'i_technical_all_c_progress-1' });
    await send('pagerduty', { notificationId: 'i_technical_all_c_initial-1-level-2' });
    await send('pagerduty', {
      template: 'resolution',
      notificationId: 'i_technical_all_c_resolution-1',
      alarms: ['dr/i/technical', 'dr/i/technical/initial-1-level-2', 'a stranger'],
    });
    expect(providers.taken.map(({ body }) => `${String(body['event_action'])} ${String(body['dedup_key'])}`)).toEqual([
      'trigger dr/i/technical',
      'trigger dr/i/technical',
      'trigger dr/i/technical/initial-1-level-2',
      'resolve dr/i/technical',
      'resolve dr/i/technical/initial-1-level-2',
    ]);
  });

  it('is one thread in Slack, and its end is for everyone', async () => {
    const first = await send('slack bot');
    const thread = first.kind === 'accepted' ? (first.providerId ?? '') : '';
    await send('slack bot', { template: 'resolution', thread });
    const [opening, end] = providers.taken.map(({ body }) => body);
    expect(opening).not.toHaveProperty('thread_ts');
    expect(JSON.stringify(opening)).toContain('"action_id":"acknowledge"');
    expect(end).toMatchObject({ thread_ts: thread, reply_broadcast: true });
  });
});

describe('hostile text', () => {
  it.each(kinds)('%s: is taken, within the limits of the channel', async (kind) => {
    expect((await send(kind, { subject: hostile, text: hostile })).kind).toBe('accepted');
    const body = providers.taken[0]?.body ?? {};
    if (kind === 'phone') {
      const spoken = String(body['Twiml']);
      expect(spoken).not.toContain('<Dial>');
      expect(spoken.match(/<Gather/gu)).toHaveLength(1);
      expect(spoken.length).toBeLessThan(4_000 * 2);
    }
    if (kind === 'sms') expect(String(body['Body']).length).toBeLessThanOrEqual(1_600);
    if (kind === 'slack bot' || kind === 'slack hook') {
      const blocks = body['blocks'] as { text?: { text: string } }[];
      expect(blocks.every((block) => (block.text?.text.length ?? 0) <= 3_000)).toBe(true);
    }
  });
});
