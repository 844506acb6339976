import { type Delivered, type Estate, type Message, token } from '@novacron/contracts';
import { type Incident, isOpen } from './incident.js';

/** What the health verdicts say of a site; `unknown` until there was one. */
export type SiteCondition = 'unknown' | 'operational' | 'degraded' | 'lost';

/** Everything the notifier knows, made by nothing but the events in the order they were stored. Immutable. */
export interface IncidentBook {
  /** Oldest first. */
  readonly incidents: readonly Incident[];
  /** The site that carries the service. */
  readonly activeSite: string;
  readonly sites: ReadonlyMap<string, SiteCondition>;
}

/** A reason to tell people something: the incident as it stands, and which of its messages is due. */
export interface Notice {
  readonly incident: Incident;
  readonly template: 'initial' | 'progress' | 'resolution';
  /** Counts from 1 within the incident and template. */
  readonly number: number;
  /** CURRENT_STATUS of a progress update. */
  readonly status: string;
  /** When the event that caused it happened, RFC 3339. */
  readonly at: string;
}

export interface Folded {
  readonly book: IncidentBook;
  readonly notice?: Notice;
}

/** How one kind of event changes the book. */
export type Fold<T extends Message> = (book: IncidentBook, event: Delivered<T>, estate: Estate) => Folded;

export function emptyBook(estate: Estate): IncidentBook {
  const home = estate.sites.find((site) => site.role === 'production')?.name ?? estate.failover.order[0] ?? '';
  return { incidents: [], activeSite: home, sites: new Map(estate.sites.map((site) => [site.name, 'unknown'])) };
}

/** The newest open incident for which `matches` holds. */
export function openIncidentWhere(book: IncidentBook, matches: (incident: Incident) => boolean): Incident | undefined {
  return book.incidents.findLast((incident) => isOpen(incident) && matches(incident));
}

/** The incident of an event: by its correlation, else by an operation it names. */
export function incidentOf(book: IncidentBook, event: Delivered, operationId?: string): Incident | undefined {
  const id = incidentId(event);
  return (
    book.incidents.findLast((incident) => incident.id === id) ??
    book.incidents.findLast((incident) => operationId !== undefined && incident.operations.includes(operationId))
  );
}

export function incidentId(event: Delivered): string {
  return token(event.correlationId);
}

/** The book with an incident put in its place, or added. */
export function withIncident(book: IncidentBook, incident: Incident): IncidentBook {
  const known = book.incidents.some((one) => one.id === incident.id);
  const incidents = known
    ? book.incidents.map((one) => (one.id === incident.id ? incident : one))
    : [...book.incidents, incident];
  return { ...book, incidents };
}

export function withSite(book: IncidentBook, site: string, condition: SiteCondition): IncidentBook {
  return { ...book, sites: new Map(book.sites).set(site, condition) };
}

/** A progress update is due: counted in the incident, so that its number is the same wherever it is computed. */
export function progress(book: IncidentBook, incident: Incident, at: string, status: string): Folded {
  const counted = { ...incident, updates: incident.updates + 1 };
  const notice: Notice = { incident: counted, template: 'progress', number: counted.updates, status, at };
  return { book: withIncident(book, counted), notice };
}

/** The first or the last message of an incident is due. */
export function once(book: IncidentBook, incident: Incident, template: 'initial' | 'resolution', at: string): Folded {
  const status = template === 'initial' ? 'investigating' : 'resolved';
  return { book: withIncident(book, incident), notice: { incident, template, number: 1, status, at } };
}
