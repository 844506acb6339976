import type { Estate } from '@novacron/contracts';

/** Control characters, half characters, and those that turn the direction of what follows. */
const invisible = /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF]/gu;
const mailAddress = /[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+/gu;
const ipv4 = /\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b/gu;
const ipv6 = /(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}(?:::[0-9a-f:]*)?(?![\w:])/giu;
const removed = '[removed]';

/** Makes text fit for the public: no address, host or person of the estate, and no invisible characters. */
export type Publish = (text: string) => string;

/**
 * What is written for the page may come from templates, events and people's hands. Whatever of it names a host or a person of the
 * estate, or looks like an address, is taken out: it helps no reader and may harm somebody. Line breaks stay.
 */
export function publicText(estate: Estate): Publish {
  const secrets = [...new Set([...hostsIn(estate), ...people(estate)])].toSorted((a, b) => b.length - a.length);
  const known =
    secrets.length === 0 ? undefined : new RegExp(`(?<![\\w.-])(?:${secrets.map(quoted).join('|')})(?![\\w-])`, 'giu');
  return (text) => {
    const clean = text.replaceAll('\r\n', '\n').replaceAll(invisible, (character) => (character === '\n' ? '\n' : ''));
    const safe = clean.replaceAll(mailAddress, removed).replaceAll(ipv4, removed).replaceAll(ipv6, removed);
    return known === undefined ? safe : safe.replaceAll(known, removed);
  };
}

const hostKeys = new Set(['host', 'server', 'endpoint', 'url']);

/** Every host that the estate file names, apart from those that the public is meant to know. */
function hostsIn(estate: Estate): readonly string[] {
  const found = new Set<string>();
  const look = (value: unknown, key: string): void => {
    if (typeof value === 'string' && hostKeys.has(key)) {
      const host = URL.canParse(value) ? new URL(value).hostname : (value.split(':')[0] ?? '');
      if (host.includes('.')) found.add(host.toLowerCase());
    } else if (Array.isArray(value)) for (const item of value) look(item, key);
    else if (typeof value === 'object' && value !== null) for (const [k, v] of Object.entries(value)) look(v, k);
  };
  look(estate, '');
  const { publicUrl, supportUrl, subscriptions } = estate.communication.statusPage;
  for (const open of [publicUrl, supportUrl, subscriptions?.url])
    if (open !== undefined && URL.canParse(open)) found.delete(new URL(open).hostname);
  return [...found];
}

/** The names and numbers of the people behind the contacts: those who can be rung up are people. */
function people(estate: Estate): readonly string[] {
  return estate.contacts.flatMap(({ name, phone, backupPhone }) => {
    const numbers = [phone, backupPhone].filter((number) => number !== undefined);
    return numbers.length > 0 && name.includes(' ') ? [name, ...numbers] : numbers;
  });
}

function quoted(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
}
