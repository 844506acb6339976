import type { Estate } from '@novacron/contracts';
import { type Incident, isOpen } from '../domain/incident.js';
import type { IncidentBook, SiteCondition } from '../domain/incident-book.js';

export type ComponentState = 'operational' | 'degraded' | 'outage' | 'unknown';

export interface ComponentStatus {
  readonly name: string;
  readonly description?: string;
  readonly state: ComponentState;
}

export interface ComponentGroup {
  readonly name: string;
  readonly components: readonly ComponentStatus[];
}

/** Everything the status page says at one moment; the page and its JSON are made from this and nothing else. */
export interface StatusSnapshot {
  readonly title: string;
  readonly publicUrl?: string;
  /** RFC 3339, UTC. */
  readonly generatedAt: string;
  readonly overall: ComponentState;
  readonly sentence: string;
  /** Where the service runs when that is not its home. */
  readonly runningOn?: string;
  readonly groups: readonly ComponentGroup[];
  /** Newest first. Only what customers were told of: a lost standby is not here. */
  readonly open: readonly Incident[];
  readonly past: readonly Incident[];
}

const pastDays = 14;
const worst: readonly ComponentState[] = ['outage', 'degraded', 'unknown', 'operational'];

const fromCondition: Readonly<Record<SiteCondition, ComponentState>> = {
  lost: 'outage',
  degraded: 'degraded',
  operational: 'operational',
  unknown: 'unknown',
};

/**
 * What is known now. A service is as well as the site that carries it; it is out while an incident says so, whatever a check
 * says; and never better than known: no verdict is `unknown`, not `operational`.
 */
export function statusSnapshot(
  book: IncidentBook,
  estate: Estate,
  conditions: ReadonlyMap<string, SiteCondition>,
  now: Date,
): StatusSnapshot {
  const { statusPage } = estate.communication;
  const told = book.incidents.filter((incident) => incident.kind === 'outage').toReversed();
  const open = told.filter(isOpen);
  const groups = groupsOf(estate, (service) => stateOf(service, book, open, conditions));
  const states = groups.flatMap((group) => group.components.map((component) => component.state));
  const overall = worst.find((state) => states.includes(state)) ?? 'unknown';
  const runningOn = open.find((incident) => incident.runningOn !== undefined)?.runningOn;
  const oldest = now.getTime() - pastDays * 86_400_000;
  return {
    title: statusPage.title,
    ...(statusPage.publicUrl === undefined ? {} : { publicUrl: statusPage.publicUrl }),
    generatedAt: now.toISOString(),
    overall,
    sentence: sentence(overall, runningOn),
    ...(runningOn === undefined ? {} : { runningOn }),
    groups,
    open,
    past: told
      .filter((incident) => !isOpen(incident) && Date.parse(incident.resolvedAt ?? incident.since) >= oldest)
      .slice(0, 10),
  };
}

function stateOf(
  service: string,
  book: IncidentBook,
  open: readonly Incident[],
  conditions: ReadonlyMap<string, SiteCondition>,
): ComponentState {
  if (open.some((incident) => incident.restoredAt === undefined && incident.services.includes(service)))
    return 'outage';
  const state = fromCondition[conditions.get(book.activeSite) ?? 'unknown'];
  // A completed move was probed from outside: that is a verdict too, until a newer one comes.
  const moved = open.some((incident) => incident.runningOn === book.activeSite);
  return state === 'unknown' && moved ? 'operational' : state;
}

/** Services by tier; where some are marked public, only those. */
function groupsOf(estate: Estate, state: (service: string) => ComponentState): ComponentGroup[] {
  const known = new Map(estate.services.map((service) => [service.name, service]));
  const marked = estate.services.some((service) => service.public === true);
  const shown = (name: string): boolean => known.has(name) && (!marked || known.get(name)?.public === true);
  return estate.objectives.tiers
    .toSorted((a, b) => a.tier - b.tier)
    .map((tier) => ({
      name: tier.name,
      components: tier.services.filter(shown).map((name) => {
        const description = known.get(name)?.description;
        return { name, state: state(name), ...(description === undefined ? {} : { description }) };
      }),
    }))
    .filter((group) => group.components.length > 0);
}

function sentence(overall: ComponentState, runningOn: string | undefined): string {
  switch (overall) {
    case 'outage':
      return 'Some services do not work at the moment.';
    case 'degraded':
      return 'Services work, but slower or with errors.';
    case 'unknown':
      return 'The state of our services is not known at the moment.';
    case 'operational':
      return runningOn === undefined
        ? 'All services work normally.'
        : `All services work, for the time being from the ${runningOn} site.`;
  }
}
