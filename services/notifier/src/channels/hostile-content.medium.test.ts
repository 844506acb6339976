import { type ChannelKind, placeholderKinds, type PlaceholderTexts, type TemplateText } from '@novacron/contracts';
import { startFakeProviders, type FakeProviders } from '../testing/fake-providers.js';
import { headerOf, startTestInbox, type TestInbox } from '../testing/test-inbox.js';
import { channelStyles } from '../templates/channel-style.js';
import { render } from '../templates/render.js';
import type { Channel, OutgoingMessage } from './channel.js';
import { EmailChannel } from './email/email-channel.js';
import { PagerDutyChannel } from './pagerduty/pagerduty-channel.js';
import { SlackChannel } from './slack/slack-channel.js';
import { TeamsChannel } from './teams/teams-channel.js';
import { TwilioChannel } from './twilio/twilio-channel.js';
import { WebhookChannel } from './webhook/webhook-channel.js';

let providers: FakeProviders;
let inbox: TestInbox;

beforeAll(async () => {
  providers = await startFakeProviders();
  inbox = await startTestInbox();
});
afterAll(async () => {
  await providers.close();
  await inbox.close();
});

const kinds = ['email', 'slack', 'teams', 'pagerduty', 'phone', 'sms', 'webhook'] as const;
type Kind = (typeof kinds)[number] & ChannelKind;

function open(kind: Kind): Channel {
  const { url } = providers;
  const secret = (text: string) => () => Promise.resolve(text);
  const common = { name: 'c', timeoutMs: 10_000 };
  switch (kind) {
    case 'email':
      return new EmailChannel({
        name: 'c',
        host: '127.0.0.1',
        port: inbox.smtpPort,
        from: 'dr@example.org',
        startTls: false,
      });
    case 'slack':
      return new SlackChannel({ ...common, bot: { token: secret('T'), room: 'C1', apiUrl: `${url}/slack/api` } });
    case 'teams':
      return new TeamsChannel({ ...common, url: secret(`${url}/teams`) });
    case 'pagerduty':
      return new PagerDutyChannel({ ...common, routingKey: secret('R'), url: `${url}/pagerduty` });
    case 'webhook':
      return new WebhookChannel({ ...common, url: secret(`${url}/webhook`) });
    case 'phone':
    case 'sms': {
      const account = { account: 'AC1', token: secret('T'), from: '+15550199', apiUrl: `${url}/twilio` };
      return new TwilioChannel({ ...common, ...account, kind, callbackUrl: 'http://callbacks.test' });
    }
  }
}

const hostile = {
  'line breaks that begin a header': 'x\r\nBcc: all@evil.example\r\nSubject: owned\r\n\r\nbody\u2028y',
  'a page of HTML': '</p><script>alert(1)</script><img src=x onerror=alert(1)>',
  'a call to a whole workspace': '<!channel> <!here> <@U1> <https://evil.example|our site>',
  'a link in Markdown': '[our site](https://evil.example) **bold** `code`',
  'an order to the telephone': '</Say><Dial>+19005550100</Dial><Say>',
  'colours of a terminal': '\u001B[31mred\u001B[0m\u001B]0;title\u0007',
  'a text turned around': '\u202Egnp.exe\u202C \u2066x\u2069',
  'null bytes and halves of characters': 'a\u0000b\uD800c\uDFFFd',
  'pictures of many parts': '👩‍👩‍👧‍👦🏳️‍🌈 é ',
  'braces of a template': '{{SITE}} {{CONSTRUCTOR}} {% raw %} ${process.exit()}',
  'far too much': 'long words 👍 '.repeat(4_500),
} as const;

const names = Object.keys(placeholderKinds) as (keyof PlaceholderTexts)[];
/** Every field that a reader sees: each placeholder, and the reader's own name. */
const fields = [...names, 'the name of the reader'] as const;

const values = Object.fromEntries(names.map((name) => [name, 'fine'])) as PlaceholderTexts;

function messageWith(kind: Kind, field: (typeof fields)[number], text: string): OutgoingMessage {
  const given = field === 'the name of the reader' ? values : { ...values, [field]: text };
  const used = field === 'the name of the reader' ? 'SITE' : field;
  const template: TemplateText = { name: 'initial', subject: `About {{${used}}}`, body: `So: {{${used}}}.\n` };
  return {
    notificationId: 'i_technical_someone_c_initial-1',
    incident: 'i',
    audience: 'technical',
    template: 'initial',
    recipient: {
      id: 'someone',
      name: field === 'the name of the reader' ? text.slice(0, 200) : 'Someone',
      phone: '+1-555-0100',
      email: 'someone@example.org',
    },
    ...render(template, given, channelStyles[kind]),
    causedAt: '2026-03-15T10:00:00.000Z',
    drill: false,
  };
}

/** What arrived, every text of it by itself, as its reader's program takes it. */
function arrived(kind: Kind): string[] {
  if (kind === 'email') return inbox.mails.splice(0).map(({ raw }) => raw);
  return providers.taken.splice(0).flatMap(({ body }) => textsIn(body));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const forbidden = /[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]|\p{Cs}/u;

const asItMustBe: Readonly<Record<Kind, (texts: readonly string[]) => void>> = {
  email: ([raw = '']) => {
    const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
    expect(head.split('\r\n').filter((line) => /^(?:bcc|subject|to):/iu.test(line))).toHaveLength(2);
    expect(headerOf(raw, 'To')).toContain('someone@example.org');
    expect(headerOf(raw, 'Content-Type')).toMatch(/^text\/plain/u);
  },
  slack: (texts) => {
    for (const text of texts) {
      expect(text).not.toMatch(/<[!@#]|<https?:/u);
      expect(text.length).toBeLessThanOrEqual(3_000);
    }
    expect(texts.join('').length).toBeLessThanOrEqual(13_000);
  },
  teams: (texts) => {
    for (const text of texts) expect(text).not.toMatch(/(?<!\\)\[[^\]]*\]\(/u);
  },
  pagerduty: (texts) => expect(texts.every((text) => text.length <= 60_000)).toBe(true),
  phone: (texts) => {
    const spoken = texts.find((text) => text.startsWith('<Response>')) ?? '';
    expect(spoken.match(/<(?!\/?(?:Response|Gather|Say|Pause)\b)/gu)).toBeNull();
    expect(spoken.match(/<Gather /gu)).toHaveLength(1);
    expect(spoken.length).toBeLessThanOrEqual(4_000 * 2);
  },
  sms: (texts) => expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(1_600),
  webhook: (texts) => expect(texts.every((text) => Array.from(text).length <= 50_000)).toBe(true),
};

describe.each(kinds)('over %s', (kind) => {
  it.each(Object.entries(hostile))('%s harms nobody, whatever field it stands in', async (_what, text) => {
    const channel = open(kind);
    for (const field of fields) {
      const outcome = await channel.send(messageWith(kind, field, text), () => Promise.resolve());
      expect([field, outcome.kind]).toEqual([field, 'accepted']);
      const texts = arrived(kind);
      expect(texts.length).toBeGreaterThan(0);
      for (const one of texts)
        expect([field, forbidden.exec(kind === 'email' ? one.replaceAll('\r\n', '\n') : one)]).toEqual([field, null]);
      asItMustBe[kind](texts);
    }
  });

  it('a value is never taken for a template', async () => {
    await open(kind).send(messageWith(kind, 'INCIDENT', hostile['braces of a template']), () => Promise.resolve());
    const text = arrived(kind).join('\n').replaceAll('\\', '');
    expect(text).toContain('{{SITE}}');
  });
});
