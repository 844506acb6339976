import type { OutgoingMessage } from '../channel.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

export function xml(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\uFFFE\uFFFF]/gu, '').replaceAll(/[&<>"']/gu, (mark) => entities[mark] ?? '');
}

/**
 * What is said on the phone, twice, as TwiML. Only a key acknowledges: a mailbox answers too. Without a place for the keypress the
 * text is only read.
 */
export function spokenMessage(
  message: Pick<OutgoingMessage, 'subject' | 'text'>,
  keypressUrl: string | undefined,
): string {
  const words = xml(`${message.subject}. ${message.text}`.slice(0, 1_200));
  if (keypressUrl === undefined) return `<Response><Say loop="2">${words}</Say></Response>`;
  const ask = 'Press 4 to acknowledge.';
  return (
    `<Response><Gather numDigits="1" timeout="10" action="${xml(keypressUrl)}">` +
    `<Say>${words}</Say><Say>${ask}</Say><Pause length="1"/><Say>${words}</Say><Say>${ask}</Say></Gather>` +
    `<Say>Nothing was pressed. Goodbye.</Say></Response>`
  );
}

/** The key that acknowledges. */
export const acknowledgeKey = '4';

/** What is said after a key. */
export function spokenAnswer(words: string): string {
  return `<Response><Say>${xml(words)}</Say></Response>`;
}
