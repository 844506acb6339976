import type { Estate } from '@novacron/contracts';
import type { Incident } from '../../domain/incident.js';
import type { IncidentBook } from '../../domain/incident-book.js';
import type { StatusMemory } from '../store/status-memory.js';
import { componentState } from './component-states.js';
import { confirmedConditions, type HealthConditions } from './health-conditions.js';
import { type ComponentState, componentsOf, type PublicGroup, type StatusFacts } from './status-facts.js';

export interface PresentStateSettings {
  readonly estate: Estate;
  readonly groups: readonly PublicGroup[];
  readonly book: () => IncidentBook;
  readonly memory: StatusMemory;
  readonly health: HealthConditions;
  /** How long the page counts as new. */
  readonly renewMs: number;
}

/** What the page says at a moment, from what is known then. */
export class PresentState {
  constructor(private readonly settings: PresentStateSettings) {}

  facts(now: Date): StatusFacts {
    const { estate, groups, memory, health, book, renewMs } = this.settings;
    const { title, publicUrl, supportUrl, subscriptions, unlisted } = estate.communication.statusPage;
    const silentMs = health.silentSinceMs;
    const open = book().incidents.filter((one) => one.phase !== 'resolved');
    return {
      estate: estate.estate,
      title,
      ...(publicUrl === undefined ? {} : { publicUrl }),
      ...(supportUrl === undefined ? {} : { supportUrl }),
      ...(subscriptions === undefined ? {} : { subscribeUrl: subscriptionsUrl(subscriptions.url) }),
      unlisted: unlisted === true,
      groups,
      states: this.states(now),
      incidents: memory.incidents,
      maintenance: memory.maintenance,
      days: memory.days(
        componentsOf({ groups }).map(({ id }) => id),
        now,
      ),
      elsewhere: open.some((one) => one.runningOn !== undefined && !one.drill),
      ...(silentMs === undefined ? {} : { blindSince: new Date(silentMs).toISOString() }),
      generatedAt: now.toISOString(),
      nextUpdateBy: new Date(now.getTime() + renewMs).toISOString(),
    };
  }

  states(now: Date): ReadonlyMap<string, ComponentState> {
    const { groups, memory, health } = this.settings;
    const book = this.settings.book();
    const outages = new Map(
      book.incidents
        .filter((one) => one.kind === 'outage' && !one.drill && one.phase !== 'resolved')
        .map((one) => [one.id, one]),
    );
    const open = memory.incidents
      .filter(({ status }) => status !== 'resolved')
      .map((incident) => ({ incident, failing: failingServices(outages.get(incident.id)) }));
    // What was not yet remembered, as while the bus is away, counts all the same.
    const failing = [...outages.values()]
      .filter(({ id }) => !open.some(({ incident }) => incident.id === id))
      .flatMap(failingServices);
    const proved = [...outages.values()].some(({ runningOn }) => runningOn === book.activeSite);
    const evidence = {
      activeSite: book.activeSite,
      conditions: confirmedConditions(book.sites, health.current()),
      open,
      failing,
      ...(proved ? { provedSite: book.activeSite } : {}),
      maintenance: memory.maintenance,
      now: now.toISOString(),
    };
    return new Map(componentsOf({ groups }).map((component) => [component.id, componentState(component, evidence)]));
  }
}

/** Where the notifier takes subscriptions, under the address that the estate names. */
export function subscriptionsUrl(base: string): string {
  return `${base.replace(/\/+$/u, '')}/subscriptions`;
}

/** None once service was restored. */
function failingServices(incident: Incident | undefined): readonly string[] {
  return incident === undefined || incident.restoredAt !== undefined ? [] : incident.services;
}
