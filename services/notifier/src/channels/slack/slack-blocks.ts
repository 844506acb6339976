import type { OutgoingMessage } from '../channel.js';

/** Slack refuses a section of more than 3,000 characters, and a message of more than about 13,000 (`msg_blocks_too_long`). */
const sectionMax = 2_900;

/** The text in sections, and for people on duty a button that acknowledges. */
export function slackBlocks(message: OutgoingMessage, interactive: boolean): readonly object[] {
  const sections = pieces(`*${message.subject}*\n${message.text}`, sectionMax).map((text) => ({
    type: 'section',
    text: { type: 'mrkdwn', text },
  }));
  if (!interactive || message.template !== 'initial') return sections;
  const button = {
    type: 'button',
    action_id: 'acknowledge',
    text: { type: 'plain_text', text: 'Acknowledge' },
    value: message.notificationId,
  };
  return [...sections, { type: 'actions', elements: [button] }];
}

/** A text in parts of at most `max` characters, broken at line ends where there are any; never inside an escaped character. */
export function pieces(text: string, max: number): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const line = rest.lastIndexOf('\n', max);
    const blank = rest.lastIndexOf(' ', max);
    const at = line > max / 2 ? line : blank > max / 2 ? blank : whole(rest, max);
    found.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return rest === '' && found.length > 0 ? found : [...found, rest];
}

function whole(text: string, max: number): number {
  const entity = /&[a-z]{0,4}$/u.exec(text.slice(0, max));
  const at = entity === null ? max : max - entity[0].length;
  const code = text.codePointAt(at - 1) ?? 0;
  return code > 0xff_ff ? at - 1 : at;
}
