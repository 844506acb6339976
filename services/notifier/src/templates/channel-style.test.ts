import type { ChannelKind, TemplateText } from '@novacron/contracts';
import { channelStyles, clean, cut } from './channel-style.js';
import { chooseTemplate } from './choose-template.js';
import { headed, render } from './render.js';

const template = (change: Partial<TemplateText>): TemplateText => ({
  name: 'initial',
  subject: '{{SITE}}',
  body: '{{SITE}}',
  ...change,
});

describe('a value from outside', () => {
  it.each([
    ['slack', '<!channel> & more', '&lt;!channel&gt; &amp; more'],
    ['teams', '[x](y) *z* <b>', '\\[x\\]\\(y\\) \\*z\\* \\<b\\>'],
    ['email', '<b> & *', '<b> & *'],
  ] as const)('is plain text in %s', (kind, value, written) =>
    expect(render(template({}), { SITE: value }, channelStyles[kind]).text).toBe(written),
  );

  it('has no control characters, nor any that turn the direction of a text', () =>
    expect(clean('a\u0000\u001B[31m\u202Eb\r\nc\u2028d\te')).toBe('a[31mb\nc\nd\te'));

  it.each([
    'email',
    'webhook',
    'slack',
    'teams',
    'pagerduty',
    'phone',
    'sms',
    'status-page',
    'account-manager',
  ] as const)('is cut to what %s takes, in whole characters', (kind: ChannelKind) => {
    const style = channelStyles[kind];
    const { subject, text } = render(template({}), { SITE: '😀<&'.repeat(40_000) }, style);
    expect(Array.from(subject).length).toBeLessThanOrEqual(style.subjectMax);
    expect(Array.from(text).length).toBeLessThanOrEqual(style.textMax);
    expect(text).not.toMatch(/\p{Cs}/u);
    expect(text.endsWith('…')).toBe(true);
  });

  it('is never cut inside an escaped character', () => {
    expect(cut('abc&amp;def', 7)).toBe('abc…');
    expect(cut('abc', 3)).toBe('abc');
  });
});

describe('the template that is chosen', () => {
  const all = [
    template({ body: 'all' }),
    template({ body: 'de', language: 'de' }),
    template({ body: 'slack', channel: 'slack' }),
    template({ body: 'ops', channel: 'ops' }),
    template({ body: 'slack de', channel: 'slack', language: 'de' }),
  ];
  it.each([
    ['mail', 'email', undefined, 'all'],
    ['mail', 'email', 'de', 'de'],
    ['mail', 'email', 'fr', 'all'],
    ['chat', 'slack', undefined, 'slack'],
    ['ops', 'slack', undefined, 'ops'],
    ['chat', 'slack', 'de', 'slack de'],
    ['ops', 'slack', 'de', 'slack de'],
  ] as const)('for %s (%s) in %s: %s', (channel, kind, language, body) => {
    const use = { name: 'initial', channel, kind, ...(language === undefined ? {} : { language }) };
    expect(chooseTemplate(all, use).body).toBe(body);
  });

  it('is named when there is none', () => {
    const none = (): unknown => chooseTemplate(all, { name: 'other', channel: 'a', kind: 'email' });
    expect(none).toThrow('no template other');
  });
});

describe('an exercise', () => {
  it('is marked in subject and text', () => {
    const marked = headed({ subject: 'Down', text: 'All' }, undefined, true, channelStyles.email);
    expect(marked.subject).toBe('[DRILL] Down');
    expect(marked.text).toBe('This is an exercise. Nothing has happened.\n\nAll');
  });
});
