import type { StatusFacts } from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';
import { absolute } from '../pages/document.js';
import { escapeHtml } from '../pages/escape-html.js';
import { xml } from '../pages/markup.js';
import { feedEntries } from './feed-entries.js';

/** RSS 2.0: one item for each update, its id stable. */
export function rssFeed(facts: StatusFacts, language: Language): string {
  const { publicUrl } = facts;
  const items = feedEntries(facts, language).map(
    (entry) => xml`<item>
<title>${entry.title}</title>
<link>${entry.link}</link>
<guid isPermaLink="false">${entry.id}</guid>
<pubDate>${new Date(entry.at).toUTCString()}</pubDate>
<category>${entry.category}</category>
<description>${asHtml(entry.text)}</description>
</item>
`,
  );
  const self =
    publicUrl !== undefined &&
    xml`<atom:link rel="self" type="application/rss+xml" href="${absolute(publicUrl, 'history.rss')}" /> `;
  return xml`<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>${facts.title}</title>
<link>${publicUrl ?? './'}</link>
<description>${facts.title}</description>
<language>${language.tag}</language>
<ttl>1</ttl>
${self}${items}</channel>
</rss>
`.text;
}

/** A description is HTML inside XML: it is escaped for each. */
function asHtml(text: string): string {
  return escapeHtml(text).replaceAll('\n', '<br>');
}
