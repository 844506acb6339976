import type { PublicStatus } from '@novacron/contracts';
import {
  type ComponentState,
  maintenanceState,
  type PublicIncident,
  type PublicMaintenance,
  type StatusFacts,
} from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';
import { incidentPath, incidentTitle, isOpen, overall, overallSentence } from '../pages/wording.js';
import { absolute } from '../pages/document.js';

/**
 * The status in the shape that Statuspage made common (`/api/v2/…`), so that what reads those reads ours. One word is ours:
 * `unknown`, which they do not have and we do not hide.
 */
const componentStatus: Readonly<Record<ComponentState, string>> = {
  operational: 'operational',
  degraded: 'degraded_performance',
  'partial-outage': 'partial_outage',
  outage: 'major_outage',
  maintenance: 'under_maintenance',
  unknown: 'unknown',
};
const indicators: Readonly<Record<ComponentState, string>> = {
  operational: 'none',
  degraded: 'minor',
  'partial-outage': 'major',
  outage: 'critical',
  maintenance: 'maintenance',
  unknown: 'unknown',
};
const maintenanceStatus = {
  scheduled: 'scheduled',
  'in-progress': 'in_progress',
  completed: 'completed',
  cancelled: 'completed',
} as const;

type Json = Readonly<Record<string, unknown>>;

/** As many as Statuspage gives. */
const listedAtMost = 50;

/** Every JSON file of the page by its path. */
export function statuspageFiles(facts: StatusFacts, language: Language): ReadonlyMap<string, Json> {
  const head = { page: page(facts) };
  const status = { indicator: indicators[overall(facts)], description: overallSentence(facts, language) };
  const components = componentsJson(facts);
  const incidents = facts.incidents.slice(0, listedAtMost).map((incident) => incidentJson(incident, facts, language));
  const unresolved = facts.incidents.filter(isOpen).map((incident) => incidentJson(incident, facts, language));
  const maintenance = facts.maintenance.toReversed().map((one) => maintenanceJson(one, facts));
  const inState = (...states: string[]): readonly Json[] =>
    maintenance.filter(({ status }) => states.includes(String(status)));
  return new Map<string, Json>([
    ['api/v2/status.json', { ...head, status }],
    [
      'api/v2/summary.json',
      {
        ...head,
        status,
        components,
        incidents: unresolved,
        scheduled_maintenances: inState('scheduled', 'in_progress'),
      },
    ],
    ['api/v2/components.json', { ...head, components }],
    ['api/v2/incidents.json', { ...head, incidents }],
    ['api/v2/incidents/unresolved.json', { ...head, incidents: unresolved }],
    ['api/v2/scheduled-maintenances.json', { ...head, scheduled_maintenances: maintenance.slice(0, listedAtMost) }],
    ['api/v2/scheduled-maintenances/upcoming.json', { ...head, scheduled_maintenances: inState('scheduled') }],
    ['api/v2/scheduled-maintenances/active.json', { ...head, scheduled_maintenances: inState('in_progress') }],
  ]);
}

function page(facts: StatusFacts): Json {
  return {
    id: facts.estate,
    name: facts.title,
    url: facts.publicUrl ?? '',
    time_zone: 'Etc/UTC',
    updated_at: facts.generatedAt,
  };
}

/** A group is a component of theirs, and has the worst status of its own. */
function componentsJson(facts: StatusFacts): readonly Json[] {
  const stateOf = (id: string): ComponentState => facts.states.get(id) ?? 'unknown';
  return facts.groups.flatMap((group, position) => {
    const groupId = `group-${position + 1}`;
    const ids = group.components.map(({ id }) => id);
    return [
      {
        ...component(groupId, group.title, facts),
        description: group.region ?? null,
        status: componentStatus[overall({ ...facts, groups: [group] })],
        position: position + 1,
        group: true,
        group_id: null,
        components: ids,
      },
      ...group.components.map(({ id, title, description }, index) => ({
        ...component(id, title, facts),
        description: description ?? null,
        status: componentStatus[stateOf(id)],
        position: index + 1,
        group: false,
        group_id: groupId,
      })),
    ];
  });
}

function component(id: string, name: string, facts: StatusFacts): Json {
  return {
    id,
    page_id: facts.estate,
    name,
    created_at: null,
    updated_at: facts.generatedAt,
    start_date: null,
    showcase: true,
    only_show_if_degraded: false,
  };
}

function incidentJson(incident: PublicIncident, facts: StatusFacts, language: Language): Json {
  const { id, status, impact, startedAt, updates, restoredAt, resolvedAt } = incident;
  return {
    id,
    page_id: facts.estate,
    name: incidentTitle(incident, facts, language),
    status,
    impact: impact === 'outage' ? 'critical' : 'minor',
    shortlink: facts.publicUrl === undefined ? '' : absolute(facts.publicUrl, incidentPath(incident)),
    started_at: startedAt,
    created_at: updates[0]?.at ?? startedAt,
    updated_at: updates.at(-1)?.at ?? startedAt,
    monitoring_at: restoredAt ?? null,
    resolved_at: resolvedAt ?? null,
    components: affected(incident.components, facts),
    incident_updates: updates
      .map((update) => updateJson(id, update.id, update.status, saidIn(update), update.at, incident.components))
      .toReversed(),
  };
}

function saidIn({ subject, text }: PublicIncident['updates'][number]): string {
  return subject === undefined ? text.trim() : `${subject}\n\n${text.trim()}`;
}

function updateJson(
  incident: string,
  id: string,
  status: PublicStatus | string,
  body: string,
  at: string,
  components: readonly string[],
): Json {
  return {
    id: `${incident}-${id}`,
    incident_id: incident,
    status,
    body,
    created_at: at,
    updated_at: at,
    display_at: at,
    affected_components: components.map((code) => ({ code })),
  };
}

function maintenanceJson(maintenance: PublicMaintenance, facts: StatusFacts): Json {
  const { id, title, text, from, until, announcedAt, changedAt, components } = maintenance;
  const state = maintenanceState(maintenance, facts.generatedAt);
  const status = maintenanceStatus[state];
  return {
    id,
    page_id: facts.estate,
    name: title,
    status,
    impact: 'maintenance',
    shortlink: facts.publicUrl ?? '',
    scheduled_for: from,
    scheduled_until: until,
    created_at: announcedAt,
    updated_at: changedAt,
    monitoring_at: null,
    resolved_at: state === 'completed' ? until : null,
    components: affected(components, facts),
    incident_updates: [updateJson(id, `announced-${maintenance.revision}`, status, text.trim(), changedAt, components)],
  };
}

function affected(ids: readonly string[], facts: StatusFacts): readonly Json[] {
  return componentsJson(facts).filter((one) => one['group'] === false && ids.includes(String(one['id'])));
}
