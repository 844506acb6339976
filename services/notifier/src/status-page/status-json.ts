import { readable } from '../domain/formats.js';
import type { Incident, IncidentPhase } from '../domain/incident.js';
import type { ComponentState, StatusSnapshot } from './status-snapshot.js';

/**
 * The status in the shape that Statuspage made common (`/api/v2/…`), so that what reads those reads ours. One word is ours:
 * `unknown`, which they do not have and we do not hide.
 */
const componentStatus: Readonly<Record<ComponentState, string>> = {
  operational: 'operational',
  degraded: 'degraded_performance',
  outage: 'major_outage',
  unknown: 'unknown',
};
const indicators: Readonly<Record<ComponentState, string>> = {
  operational: 'none',
  degraded: 'minor',
  outage: 'critical',
  unknown: 'unknown',
};
const incidentStatus: Readonly<Record<IncidentPhase, string>> = {
  investigating: 'investigating',
  moving: 'identified',
  'running-elsewhere': 'monitoring',
  returning: 'monitoring',
  resolved: 'resolved',
};

/** `/api/v2/status.json` */
export function statusJson(snapshot: StatusSnapshot): Record<string, unknown> {
  return { page: page(snapshot), status: { indicator: indicators[snapshot.overall], description: snapshot.sentence } };
}

/** `/api/v2/summary.json` */
export function summaryJson(snapshot: StatusSnapshot): Record<string, unknown> {
  const components = snapshot.groups.flatMap((group, position) => [
    { ...component(group.name, group.name, snapshot), group: true, position, status: componentStatus.operational },
    ...group.components.map((one, index) => ({
      ...component(one.name, readable(one.name), snapshot),
      description: one.description ?? null,
      group: false,
      group_id: group.name,
      position: index,
      status: componentStatus[one.state],
    })),
  ]);
  return {
    ...statusJson(snapshot),
    components,
    incidents: snapshot.open.map((incident) => incidentJson(incident)),
    scheduled_maintenances: [],
  };
}

function page(snapshot: StatusSnapshot): Record<string, unknown> {
  return {
    id: 'novacron-dr',
    name: snapshot.title,
    url: snapshot.publicUrl ?? '',
    time_zone: 'Etc/UTC',
    updated_at: snapshot.generatedAt,
  };
}

function component(id: string, name: string, snapshot: StatusSnapshot): Record<string, unknown> {
  return { id, name, updated_at: snapshot.generatedAt, showcase: true, only_show_if_degraded: false };
}

export function incidentJson(incident: Incident): Record<string, unknown> {
  const updated = incident.timeline.at(-1)?.at ?? incident.since;
  return {
    id: incident.id,
    name: incidentTitle(incident),
    status: incidentStatus[incident.phase],
    impact: 'critical',
    started_at: incident.since,
    created_at: incident.timeline[0]?.at ?? incident.since,
    updated_at: updated,
    monitoring_at: incident.restoredAt ?? null,
    resolved_at: incident.resolvedAt ?? null,
    incident_updates: incident.timeline
      .map((entry, index) => ({
        id: `${incident.id}-${index + 1}`,
        incident_id: incident.id,
        status: incidentStatus[entry.phase],
        body: entry.words,
        created_at: entry.at,
        updated_at: entry.at,
        display_at: entry.at,
      }))
      .toReversed(),
  };
}

export function incidentTitle(incident: Incident): string {
  return `Disruption at the ${incident.site} site`;
}
