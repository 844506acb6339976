import type { PublicStatus } from '@novacron/contracts';

/** Best last; `unknown` is a state of its own: nothing is green that nobody has confirmed. */
export const componentStates = [
  'outage',
  'partial-outage',
  'degraded',
  'maintenance',
  'unknown',
  'operational',
] as const;
export type ComponentState = (typeof componentStates)[number];

export interface PublicComponent {
  /** The name in the estate file: stable, part of links. */
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly services: readonly string[];
  /** Where it runs, if it does not move with the service. */
  readonly site?: string;
}

export interface PublicGroup {
  readonly title: string;
  readonly region?: string;
  readonly components: readonly PublicComponent[];
}

/** One thing that was said of an incident, in the words that customers were sent. Never changed afterwards. */
export interface PublicUpdate {
  /** Unique within its incident, the same wherever it is computed. */
  readonly id: string;
  /** RFC 3339, UTC; so are the others. */
  readonly at: string;
  readonly status: PublicStatus;
  /** The subject that customers were sent; absent for a line between two messages. */
  readonly subject?: string;
  readonly text: string;
}

export interface PublicIncident {
  readonly id: string;
  /** Given by hand; otherwise the page names what is affected, in each reader's language. */
  readonly title?: string;
  readonly startedAt: string;
  readonly status: PublicStatus;
  readonly impact: 'outage' | 'degraded';
  readonly components: readonly string[];
  /** Oldest first. */
  readonly updates: readonly PublicUpdate[];
  readonly restoredAt?: string;
  readonly resolvedAt?: string;
  /** What customers were promised. */
  readonly nextUpdateBy?: string;
}

export interface PublicMaintenance {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly components: readonly string[];
  readonly from: string;
  readonly until: string;
  readonly cancelled: boolean;
  /** Counts the changes: a calendar takes the greater one. */
  readonly revision: number;
  readonly announcedAt: string;
  readonly changedAt: string;
}

/** How a component was on one day: seconds in each state; what is missing to a day was not observed. */
export interface ComponentDay {
  /** `2026-03-15`, UTC. */
  readonly date: string;
  readonly secondsIn: Readonly<Partial<Record<ComponentState, number>>>;
}

/** Everything that the page, its feeds and its JSON are made of, at one moment, and nothing else. */
export interface StatusFacts {
  readonly estate: string;
  readonly title: string;
  readonly publicUrl?: string;
  readonly supportUrl?: string;
  readonly subscribeUrl?: string;
  readonly unlisted: boolean;
  readonly groups: readonly PublicGroup[];
  readonly states: ReadonlyMap<string, ComponentState>;
  /** Newest first. */
  readonly incidents: readonly PublicIncident[];
  /** Earliest first. */
  readonly maintenance: readonly PublicMaintenance[];
  /** Per component, oldest first, one entry a day, the last one today's. */
  readonly days: ReadonlyMap<string, readonly ComponentDay[]>;
  /** The service runs at another place than its home. */
  readonly elsewhere: boolean;
  /** Since when nothing can be confirmed, where that is so. */
  readonly blindSince?: string;
  readonly generatedAt: string;
  /** When the next one is made at the latest, if all goes well. */
  readonly nextUpdateBy: string;
}

/** How far back the bars go. */
export const shownDays = 90;

export type MaintenanceState = 'scheduled' | 'in-progress' | 'completed' | 'cancelled';

export function maintenanceState(maintenance: PublicMaintenance, now: string): MaintenanceState {
  if (maintenance.cancelled) return 'cancelled';
  const at = Date.parse(now);
  if (at < Date.parse(maintenance.from)) return 'scheduled';
  return at < Date.parse(maintenance.until) ? 'in-progress' : 'completed';
}

const flat = new WeakMap<readonly PublicGroup[], readonly PublicComponent[]>();

export function componentsOf({ groups }: Pick<StatusFacts, 'groups'>): readonly PublicComponent[] {
  const known = flat.get(groups) ?? groups.flatMap((group) => group.components);
  flat.set(groups, known);
  return known;
}
