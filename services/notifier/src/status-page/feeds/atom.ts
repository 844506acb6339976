import type { StatusFacts } from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';
import { absolute } from '../pages/document.js';
import { xml } from '../pages/markup.js';
import { feedEntries, stableId } from './feed-entries.js';

/** Atom (RFC 4287): one entry for each update, its id stable. */
export function atomFeed(facts: StatusFacts, language: Language): string {
  const { publicUrl } = facts;
  const entries = feedEntries(facts, language);
  const items = entries.map(
    (entry) =>
      xml`<entry>
        <id>${entry.id}</id>
        <title>${entry.title}</title>
        <link href="${entry.link}" />
        <published>${entry.at}</published>
        <updated>${entry.at}</updated>
        <category term="${entry.category}" />
        <content type="text">${entry.text}</content>
      </entry> `,
  );
  const links =
    publicUrl === undefined
      ? xml`<link href="./" />`
      : xml`<link href="${publicUrl}" />
          <link rel="self" type="application/atom+xml" href="${absolute(publicUrl, 'history.atom')}" />`;
  return xml`<?xml version="1.0" encoding="UTF-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language.tag}">
      <id>${stableId(facts.estate)}</id>
      <title>${facts.title}</title>
      <updated>${entries[0]?.at ?? facts.generatedAt}</updated>
      <author><name>${facts.title}</name></author>
      ${links} ${items}</feed
    > `.text;
}
