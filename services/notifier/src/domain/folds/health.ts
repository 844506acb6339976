import type {
  Delivered,
  Estate,
  HealthDegraded,
  HealthRecovered,
  NotificationTimerFired,
  SiteLost,
} from '@novacron/contracts';
import { isDrill } from '../drill.js';
import { advance, type Incident, openIncident, resolve } from '../incident.js';
import {
  type Fold,
  type Folded,
  incidentId,
  type IncidentBook,
  incidentOf,
  once,
  openIncidentWhere,
  withIncident,
  withSite,
} from '../incident-book.js';
import { words } from '../words.js';

export const siteLost: Fold<SiteLost> = (before, event, estate) => {
  const { site, since } = event.data;
  const lost = withSite(before, site, 'lost');
  const known = incidentOf(lost, event) ?? openIncidentWhere(lost, (one) => one.site === site && !isDegradation(one));
  if (known !== undefined) return { book: withIncident(lost, { ...known, siteWorks: false }) };
  return open(withoutTrouble(lost, site, event.time, words.grown), event, estate, site, since);
};

/**
 * Slow or partly failing. One incident takes all that degrades while it is open, on whatever site: ten thousand signs are one
 * message. What degrades at a site that is lost, or while service is out anyway, is no news.
 */
export const healthDegraded: Fold<HealthDegraded> = (before, event, estate) => {
  const { site, since } = event.data;
  const book = before.sites.get(site) === 'lost' ? before : withSite(before, site, 'degraded');
  const trouble = openIncidentWhere(book, isDegradation);
  if (trouble !== undefined) {
    if (trouble.troubledSites.includes(site)) return { book };
    const { calmSince: _calmSince, ...rest } = trouble;
    const joined = { ...rest, troubledSites: [...trouble.troubledSites, site] };
    // A list of thousands is no news to anyone.
    const said = trouble.timeline.length > 100 ? undefined : { at: event.time, words: words.joined(site) };
    return { book: withIncident(book, advance(joined, {}, said)) };
  }
  if (openIncidentWhere(book, (one) => !isDegradation(one)) !== undefined) return { book };
  return open(book, event, estate, site, since, 'degradation');
};

/**
 * A site works again. That ends an incident only while the service still waits for that site: once it was moved, or is being
 * moved, the way home is another one.
 */
export const healthRecovered: Fold<HealthRecovered> = (before, event) => {
  const { site } = event.data;
  const book = calmer(withSite(before, site, 'operational'), site, event.time);
  const incident = openIncidentWhere(book, (one) => one.site === site && !isDegradation(one));
  if (incident === undefined) return { book };
  if (incident.runningOn === undefined && !incident.moveUnderWay) {
    return once(book, resolve(incident, event.time, words.recovered(incident)), 'resolution', event.time);
  }
  const said = { at: event.time, words: words.siteWorks(site) };
  return { book: withIncident(book, advance(incident, { siteWorks: true }, incident.siteWorks ? undefined : said)) };
};

/** A calm has lasted: the degradation is over. A timer of an earlier calm changes nothing. */
export const timerFired: Fold<NotificationTimerFired> = (book, event) => {
  const { kind, incident: id, key, dueAt } = event.data;
  const incident = openIncidentWhere(book, (one) => one.id === id);
  if (kind !== 'settle' || incident?.calmSince !== key) return { book };
  return once(book, resolve(incident, dueAt, words.steady), 'resolution', dueAt);
};

const isDegradation = (incident: Incident): boolean => incident.kind === 'degradation';

/** A site is well: when it was the last one in trouble, the calm begins. */
function calmer(book: IncidentBook, site: string, at: string): IncidentBook {
  const trouble = openIncidentWhere(book, (one) => isDegradation(one) && one.troubledSites.includes(site));
  if (trouble === undefined) return book;
  const troubledSites = trouble.troubledSites.filter((one) => one !== site);
  const change = troubledSites.length > 0 ? { troubledSites } : { troubledSites, calmSince: at, current: words.calm };
  return withIncident(book, { ...trouble, ...change });
}

/** A site whose degradation became a loss: that is told as the larger incident. */
function withoutTrouble(book: IncidentBook, site: string, at: string, said: string): IncidentBook {
  const calm = calmer(book, site, at);
  const trouble = openIncidentWhere(calm, (one) => isDegradation(one) && one.calmSince === at);
  return trouble === undefined ? calm : withIncident(calm, advance(trouble, {}, { at, words: said }));
}

/** A new incident and its first message. */
export function open(
  book: IncidentBook,
  event: Delivered,
  estate: Estate,
  site: string,
  since: string,
  kind: Incident['kind'] = site === book.activeSite ? 'outage' : 'redundancy',
): Folded {
  const incident = openIncident({
    // A loss that follows has the correlation of its degradation, and is an incident of its own.
    id: kind === 'degradation' ? `degradation-${event.sequence}` : incidentId(event),
    kind,
    site,
    since,
    services: kind === 'outage' ? estate.services.map((service) => service.name) : [],
    drill: isDrill(event),
    at: event.time,
    words: words.opened(kind, site),
  });
  return once(book, incident, 'initial', event.time);
}
