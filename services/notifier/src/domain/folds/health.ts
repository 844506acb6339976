import type { Delivered, Estate, HealthDegraded, HealthRecovered, SiteLost } from '@novacron/contracts';
import { advance, openIncident, resolve } from '../incident.js';
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
  const book = withSite(before, site, 'lost');
  const known = incidentOf(book, event) ?? openIncidentWhere(book, (incident) => incident.site === site);
  if (known !== undefined) return { book: withIncident(book, { ...known, siteWorks: false }) };
  return open(book, event, estate, site, since);
};

/** Slow or partly failing: shown on the status page, but no incident until a site is lost or a move decided. */
export const healthDegraded: Fold<HealthDegraded> = (book, event) => {
  const { site } = event.data;
  return { book: book.sites.get(site) === 'lost' ? book : withSite(book, site, 'degraded') };
};

/**
 * A site works again. That ends an incident only while the service still waits for that site: once it was moved, or is being
 * moved, the way home is another one.
 */
export const healthRecovered: Fold<HealthRecovered> = (before, event) => {
  const { site } = event.data;
  const book = withSite(before, site, 'operational');
  const incident = openIncidentWhere(book, (one) => one.site === site);
  if (incident === undefined) return { book };
  if (incident.runningOn === undefined && !incident.moveUnderWay) {
    return once(book, resolve(incident, event.time, words.recovered(incident)), 'resolution', event.time);
  }
  const said = { at: event.time, words: words.siteWorks(site) };
  return { book: withIncident(book, advance(incident, { siteWorks: true }, incident.siteWorks ? undefined : said)) };
};

/** A new incident and its first message. */
export function open(book: IncidentBook, event: Delivered, estate: Estate, site: string, since: string): Folded {
  const kind = site === book.activeSite ? 'outage' : 'redundancy';
  const incident = openIncident({
    id: incidentId(event),
    kind,
    site,
    since,
    services: kind === 'outage' ? estate.services.map((service) => service.name) : [],
    at: event.time,
    words: words.opened(kind, site),
  });
  return once(book, incident, 'initial', event.time);
}
