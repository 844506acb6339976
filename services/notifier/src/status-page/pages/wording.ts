import { overallState } from '../facts/component-states.js';
import {
  type ComponentState,
  componentsOf,
  type PublicIncident,
  type PublicMaintenance,
  type StatusFacts,
} from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';

/** The whole page in one state. */
export function overall(facts: StatusFacts): ComponentState {
  return overallState(componentsOf(facts).map(({ id }) => facts.states.get(id) ?? 'unknown'));
}

/** More names than this are counted. */
const namedAtMost = 3;

/** The whole page in one sentence. */
export function overallSentence(facts: StatusFacts, language: Language): string {
  const components = componentsOf(facts);
  const inState = (...states: ComponentState[]): readonly string[] =>
    components.filter(({ id }) => states.includes(facts.states.get(id) ?? 'unknown')).map(({ title }) => title);
  const total = components.length;
  switch (overall(facts)) {
    case 'operational':
      return language.say(facts.elsewhere ? 'overall.elsewhere' : 'overall.operational');
    case 'outage':
      return language.say('overall.outage');
    case 'partial-outage':
      return partlyDown(inState('outage'), inState('partial-outage'), total, language);
    case 'degraded':
      return language.say('overall.degraded');
    case 'maintenance':
      return language.say('overall.maintenance');
    case 'unknown': {
      const count = inState('unknown').length;
      return count === total ? language.say('overall.unknown') : language.say('overall.unknown-some', { count, total });
    }
  }
}

/** Named where they are few, else counted. */
function partlyDown(down: readonly string[], partly: readonly string[], total: number, language: Language): string {
  const count = down.length + partly.length;
  if (count > namedAtMost) return language.say('overall.outage-counted', { count, total });
  const said = (key: 'overall.outage-named' | 'overall.partly', names: readonly string[]): string[] =>
    names.length === 0 ? [] : [language.say(key, { count: names.length, names: language.names(names) })];
  return [...said('overall.outage-named', down), ...said('overall.partly', partly)].join('; ');
}

function shortened(names: readonly string[], language: Language): readonly string[] {
  if (names.length <= namedAtMost) return names;
  const count = names.length - namedAtMost + 1;
  return [...names.slice(0, namedAtMost - 1), language.say('more', { count })];
}

/** What an incident is called: the title it was given, else what it affects. */
export function incidentTitle(incident: PublicIncident, facts: StatusFacts, language: Language): string {
  if (incident.title !== undefined) return incident.title;
  const components = componentsOf(facts);
  const titles = components.filter(({ id }) => incident.components.includes(id)).map(({ title }) => title);
  if (titles.length === 0 || (titles.length === components.length && titles.length > 1))
    return language.say('incident.of-all');
  const names = language.names(shortened(titles, language));
  return language.say(incident.impact === 'degraded' ? 'incident.degraded-of' : 'incident.of', { names });
}

/** How long customers could not work; until now where they still cannot. */
export function outageMs(incident: PublicIncident, now: string): number {
  return Math.max(0, Date.parse(incident.restoredAt ?? incident.resolvedAt ?? now) - Date.parse(incident.startedAt));
}

export function isOpen(incident: PublicIncident): boolean {
  return incident.status !== 'resolved';
}

export function componentTitles(item: PublicIncident | PublicMaintenance, facts: StatusFacts): readonly string[] {
  return componentsOf(facts)
    .filter(({ id }) => item.components.includes(id))
    .map(({ title }) => title);
}

/** Where an incident has its page, from the root of its language. */
export function incidentPath(incident: Pick<PublicIncident, 'id'>): string {
  return `incidents/${incident.id}.html`;
}
