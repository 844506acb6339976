import { createHash } from 'node:crypto';
import type { PublicIncident, PublicUpdate, StatusFacts } from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';
import { absolute } from '../pages/document.js';
import { incidentPath, incidentTitle } from '../pages/wording.js';

/** One update of an incident, as a feed gives it. */
export interface FeedEntry {
  /** `urn:uuid:…`, made of the incident and the update: the same for ever, wherever the page is moved to. */
  readonly id: string;
  readonly title: string;
  readonly link: string;
  readonly at: string;
  readonly text: string;
  readonly category: string;
}

const entriesAtMost = 50;

/** The newest updates of all incidents, newest first. */
export function feedEntries(facts: StatusFacts, language: Language): readonly FeedEntry[] {
  return facts.incidents
    .slice(0, entriesAtMost)
    .flatMap((incident) => incident.updates.map((update) => ({ incident, update })))
    .toSorted((a, b) => (a.update.at < b.update.at ? 1 : a.update.at > b.update.at ? -1 : 0))
    .slice(0, entriesAtMost)
    .map(({ incident, update }) => entry(incident, update, facts, language));
}

function entry(incident: PublicIncident, update: PublicUpdate, facts: StatusFacts, language: Language): FeedEntry {
  const status = language.say(`status.${update.status}`);
  const path = `${incidentPath(incident)}#update-${update.id}`;
  return {
    id: stableId(facts.estate, incident.id, update.id),
    title: `${status}: ${incidentTitle(incident, facts, language)}`,
    link: facts.publicUrl === undefined ? path : absolute(facts.publicUrl, path),
    at: update.at,
    text: update.subject === undefined ? update.text.trim() : `${update.subject}\n\n${update.text.trim()}`,
    category: update.status,
  };
}

/** A UUID made of names (RFC 9562, version 8: SHA-256). */
export function stableId(...names: readonly string[]): string {
  const hash = createHash('sha256').update(names.join('\n')).digest('hex');
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
