import type { InboxMessage } from './message-folder.js';

/** The inbox for a person to read, newest first. */
export function inboxPage(messages: readonly InboxMessage[]): string {
  const items = messages
    .toReversed()
    .map((message) =>
      message.channel === 'email'
        ? item(message.receivedAt, `mail to ${message.to.join(', ')}`, message.subject, message.text)
        : item(message.receivedAt, 'webhook', String(message.headers['webhook-id'] ?? ''), pretty(message.body)),
    );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Inbox (${messages.length})</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}
article{border-top:1px solid #8885;padding:1rem 0}h2{font-size:1.05rem;margin:0}p{margin:0;opacity:.7;font-size:.9rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0 0;font:inherit}</style>
<h1>Inbox</h1>${items.join('') || '<p>Nothing has arrived yet.</p>'}</html>`;
}

function item(time: string, kind: string, subject: string, text: string): string {
  return `<article><h2>${escaped(subject)}</h2><p>${escaped(time)} · ${escaped(kind)}</p><pre>${escaped(text)}</pre></article>`;
}

function pretty(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body, undefined, 2);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
