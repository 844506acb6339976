import type { ChannelKind } from '@novacron/contracts';

/** How a text must be written for one kind of channel. Lengths in characters as a reader counts them. */
export interface ChannelStyle {
  /** A value from outside as plain text of this channel: it can neither format, mention, link nor end anything. */
  readonly escape: (value: string) => string;
  readonly subjectMax: number;
  readonly textMax: number;
}

const identity = (value: string): string => value;

/** Slack's control characters (docs.slack.dev, "formatting text"): with them a value could mention a whole workspace. */
const slack = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Adaptive Cards read Markdown in a text block. */
const markdown = (value: string): string => value.replaceAll(/[\\`*_{}[\]()#+!|~<>]/gu, (mark) => `\\${mark}`);

/** Providers' limits, and less where nobody reads as much: a voice reads 900 characters in a minute. */
export const channelStyles: Readonly<Record<ChannelKind, ChannelStyle>> = {
  email: { escape: identity, subjectMax: 300, textMax: 50_000 },
  webhook: { escape: identity, subjectMax: 300, textMax: 50_000 },
  slack: { escape: slack, subjectMax: 140, textMax: 11_000 },
  teams: { escape: markdown, subjectMax: 300, textMax: 15_000 },
  pagerduty: { escape: identity, subjectMax: 1_024, textMax: 50_000 },
  phone: { escape: identity, subjectMax: 200, textMax: 900 },
  sms: { escape: identity, subjectMax: 140, textMax: 460 },
  'status-page': { escape: identity, subjectMax: 300, textMax: 10_000 },
  'account-manager': { escape: identity, subjectMax: 300, textMax: 10_000 },
};

export const plainStyle: ChannelStyle = channelStyles.email;

/** Whole characters, with a mark where something is missing; never half of an escaped one. */
export function cut(text: string, max: number): string {
  const characters = Array.from(text);
  if (characters.length <= max) return text;
  const head = characters.slice(0, max - 1).join('');
  return `${head.replace(/(?:&[a-z]*|\\)$/u, '')}…`;
}

/** No control characters, but line breaks and tabs; none of those that turn the direction of a text. */
export function clean(value: string): string {
  return value
    .replaceAll(/\r\n?|\u2028|\u2029/gu, '\n')
    .replaceAll(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]|\p{Cs}/gu, '');
}
