import type { ProblemDetail } from '../errors/dr-error.js';
import { timerChannel } from '../subjects/subjects.js';
import type { Audience, Channel, ChannelKind, Communication } from './communication.js';
import { durationMs } from './duration.js';
import type { Estate } from './estate.js';

/** What each kind of channel cannot do without; `|` stands between what may replace each other. */
const needs: Readonly<Record<ChannelKind, readonly string[]>> = {
  email: ['host', 'port', 'from'],
  webhook: ['url|urlSecret'],
  slack: ['url|urlSecret|token'],
  pagerduty: ['token'],
  phone: ['account', 'token', 'from'],
  sms: ['account', 'token', 'from'],
  teams: ['url|urlSecret'],
  'status-page': [],
  'account-manager': ['via'],
};

type Add = (path: string, problem: string) => void;

/** Names in `communication` that lead nowhere, channels that lack what they need, and chains without an end. */
export function communicationProblems(
  estate: Estate,
  contacts: ReadonlySet<string>,
  channels: ReadonlySet<string>,
): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  const add: Add = (path, problem) => void problems.push({ path, problem });
  const { communication } = estate;
  const known = (kind: string, names: ReadonlySet<string>, value: string | undefined, path: string): void => {
    if (value === undefined || names.has(value)) return;
    add(path, `names ${kind} ${value}, which this file does not have`);
  };
  const rotations = new Set(communication.rotations?.map((rotation) => rotation.name));

  communication.audiences.forEach((audience, a) => {
    const path = `communication.audiences[${a}]`;
    audience.contacts.forEach((contact, c) => known('contact', contacts, contact, `${path}.contacts[${c}]`));
    audience.channels.forEach((channel, c) => known('channel', channels, channel, `${path}.channels[${c}]`));
    audience.onCall?.forEach((name, r) => known('rotation', rotations, name, `${path}.onCall[${r}]`));
    audience.escalation?.forEach((level, l) => {
      const at = `${path}.escalation[${l}]`;
      level.contacts?.forEach((contact, c) => known('contact', contacts, contact, `${at}.contacts[${c}]`));
      level.onCall?.forEach((name, r) => known('rotation', rotations, name, `${at}.onCall[${r}]`));
      level.channels?.forEach((channel, c) => known('channel', channels, channel, `${at}.channels[${c}]`));
      if ((level.contacts ?? []).length + (level.onCall ?? []).length === 0) add(at, 'must name contacts or onCall');
    });
    checkAudience(audience, path, add);
  });
  estate.contacts.forEach((contact, c) =>
    known('contact', contacts, contact.accountManager, `contacts[${c}].accountManager`),
  );
  communication.rotations?.forEach((rotation, r) => {
    const path = `communication.rotations[${r}]`;
    if (rotation.contacts.length === 0) add(`${path}.contacts`, 'must name at least one contact');
    if (durationMs(rotation.shift) < 60_000) add(`${path}.shift`, 'must be at least a minute');
    rotation.contacts.forEach((contact, c) => known('contact', contacts, contact, `${path}.contacts[${c}]`));
    rotation.overrides?.forEach((one, o) => known('contact', contacts, one.contact, `${path}.overrides[${o}].contact`));
  });
  const audiences = new Set(communication.audiences.map((audience) => audience.name));
  known('audience', audiences, communication.owner, 'communication.owner');
  communication.channels.forEach((channel, c) => checkChannel(channel, `communication.channels[${c}]`, channels, add));
  checkFallbacks(communication, add);
  const { deadManSwitch } = communication;
  if (deadManSwitch !== undefined && deadManSwitch.url === undefined && deadManSwitch.urlSecret === undefined) {
    add('communication.deadManSwitch', 'needs url or urlSecret');
  }
  return problems;
}

function checkAudience(audience: Audience, path: string, add: Add): void {
  if (durationMs(audience.updateEvery) < 1_000) add(`${path}.updateEvery`, 'must be at least a second');
  if (audience.approval !== undefined && audience.customer !== true) {
    add(`${path}.approval`, 'is for customers: our own people must not wait for each other');
  }
}

function checkChannel(channel: Channel, path: string, channels: ReadonlySet<string>, add: Add): void {
  if (channel.name === timerChannel) add(`${path}.name`, `must not be ${timerChannel}: our timers have that name`);
  for (const need of needs[channel.kind]) {
    const given = need.split('|').some((field) => channel[field as keyof Channel] !== undefined);
    if (!given) add(path, `a channel of kind ${channel.kind} needs ${need.replaceAll('|', ' or ')}`);
  }
  if (channel.kind === 'slack' && channel.token !== undefined && channel.room === undefined) {
    add(path, 'a slack channel with a token needs room');
  }
  for (const field of ['fallback', 'via'] as const) {
    const name = channel[field];
    if (name !== undefined && !channels.has(name)) {
      add(`${path}.${field}`, `names channel ${name}, which this file does not have`);
    }
  }
  if (channel.ratePerSecond === 0) add(`${path}.ratePerSecond`, 'must be more than 0');
  if (channel.concurrency === 0) add(`${path}.concurrency`, 'must be 1 or more');
}

/** A message that no channel takes must come to an end. */
function checkFallbacks({ channels }: Communication, add: Add): void {
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  channels.forEach((channel, index) => {
    const seen = new Set<string>([channel.name]);
    for (let next = channel.fallback; next !== undefined; next = byName.get(next)?.fallback) {
      if (seen.has(next)) {
        add(
          `communication.channels[${index}].fallback`,
          `leads back to ${next}: a chain of fallbacks must have an end`,
        );
        return;
      }
      seen.add(next);
    }
  });
}
