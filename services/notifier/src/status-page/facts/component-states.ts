import type { SiteCondition } from '../../domain/incident-book.js';
import {
  type ComponentState,
  componentStates,
  maintenanceState,
  type PublicComponent,
  type PublicIncident,
  type PublicMaintenance,
} from './status-facts.js';

/** What decides how a component is. */
export interface StateEvidence {
  /** The site that carries the service. */
  readonly activeSite: string;
  /** What was confirmed lately; a site that is absent or `unknown` was not. */
  readonly conditions: ReadonlyMap<string, SiteCondition>;
  /** The open incidents, each with the services that do not work; none once service is restored. */
  readonly open: readonly { readonly incident: PublicIncident; readonly failing: readonly string[] }[];
  /** Services that do not work besides. */
  readonly failing: readonly string[];
  /** A completed move was probed from outside: that is a verdict on the site it went to, until a newer one comes. */
  readonly provedSite?: string;
  readonly maintenance: readonly PublicMaintenance[];
  readonly now: string;
}

const fromCondition: Readonly<Record<SiteCondition, ComponentState>> = {
  lost: 'outage',
  degraded: 'degraded',
  operational: 'operational',
  unknown: 'unknown',
};

/**
 * A component is out while an incident says so, whatever a check says: wholly, or in part where only some of its services are. Else
 * it is in maintenance where that was announced; else as well as its site is confirmed to be. Without confirmation: unknown.
 */
export function componentState(component: PublicComponent, evidence: StateEvidence): ComponentState {
  const failing = new Set([...evidence.failing, ...evidence.open.flatMap((one) => one.failing)]);
  const out = component.services.filter((service) => failing.has(service)).length;
  if (out > 0) return out === component.services.length ? 'outage' : 'partial-outage';
  const byHand = evidence.open.some(
    ({ incident }) => incident.impact === 'degraded' && incident.components.includes(component.id),
  );
  const site = component.site ?? evidence.activeSite;
  const condition = fromCondition[evidence.conditions.get(site) ?? 'unknown'];
  const confirmed = condition === 'unknown' && evidence.provedSite === site ? 'operational' : condition;
  const found = byHand ? worse(confirmed === 'unknown' ? 'operational' : confirmed, 'degraded') : confirmed;
  const worked = evidence.maintenance.some(
    (one) => one.components.includes(component.id) && maintenanceState(one, evidence.now) === 'in-progress',
  );
  return worked ? 'maintenance' : found;
}

function worse(a: ComponentState, b: ComponentState): ComponentState {
  return componentStates.indexOf(a) <= componentStates.indexOf(b) ? a : b;
}

/** The page's first word: the worst of all, and an outage of some is a partial one. */
export function overallState(states: readonly ComponentState[]): ComponentState {
  if (states.length === 0) return 'unknown';
  const worst = componentStates.find((state) => states.includes(state)) ?? 'unknown';
  if (worst === 'outage') return states.every((state) => state === 'outage') ? 'outage' : 'partial-outage';
  return worst;
}
